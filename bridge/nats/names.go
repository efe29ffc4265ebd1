package bridge

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/event"
)

// names are topics or keys that were named: as they are, or by how they begin.
type names struct {
	exact    map[string]bool
	prefixes [][]byte
}

func makeNames(patterns []string) names {
	n := names{exact: make(map[string]bool)}
	for _, p := range patterns {
		if prefix, ok := strings.CutSuffix(p, "*"); ok {
			n.prefixes = append(n.prefixes, []byte(prefix))
		} else {
			n.exact[p] = true
		}
	}
	return n
}

func (n names) have(name []byte) bool {
	if n.exact[string(name)] {
		return true
	}
	for _, p := range n.prefixes {
		if bytes.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// event says that a frame of the ring of events is an event of a topic that was
// named. The bridge's own topics are not for export.
func (n names) event(f *ring.Frame) bool {
	size := int(f.Op)
	if size == 0 || size > len(f.Payload) {
		return false
	}
	topic := f.Payload[:size]
	return !bytes.HasPrefix(topic, []byte(ownTopics)) && n.have(topic)
}

func checkTopics(patterns []string) error {
	const field = "Export.Topics"
	for _, p := range patterns {
		if strings.HasPrefix(p, ownTopics) {
			return &ConfigError{Field: field, Value: fmt.Sprintf("%q", p),
				Rule: "topics that begin with " + ownTopics + " are the bridge's own and stay in their fleet"}
		}
		if err := checkPattern(field, p, event.MaxTopic); err != nil {
			return err
		}
	}
	return nil
}

func checkKeys(field string, patterns []string) error {
	for _, p := range patterns {
		if err := checkPattern(field, p, cache.MaxPrefix); err != nil {
			return err
		}
	}
	return nil
}

func checkPattern(field, p string, longest int) error {
	bad := func(rule string) error {
		return &ConfigError{Field: field, Value: fmt.Sprintf("%q", p), Rule: rule}
	}
	switch {
	case p == "":
		return bad("a name has one byte or more; \"*\" names all of them")
	case len(p) > longest:
		return bad(fmt.Sprintf("it has at most %d bytes", longest))
	case strings.Contains(strings.TrimSuffix(p, "*"), "*"):
		return bad("* may stand only at the end")
	}
	return nil
}
