package bridge

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/event"
)

// topics is what was named to be exported.
type topics struct {
	exact    map[string]bool
	prefixes [][]byte
}

func makeTopics(patterns []string) topics {
	t := topics{exact: make(map[string]bool)}
	for _, p := range patterns {
		if prefix, ok := strings.CutSuffix(p, "*"); ok {
			t.prefixes = append(t.prefixes, []byte(prefix))
		} else {
			t.exact[p] = true
		}
	}
	return t
}

// pass says that a frame of the ring of events is an event of a topic that was
// named. The bridge's own topics are not for export.
func (t topics) pass(f *ring.Frame) bool {
	n := int(f.Op)
	if n == 0 || n > len(f.Payload) {
		return false
	}
	topic := f.Payload[:n]
	if bytes.HasPrefix(topic, []byte(ownTopics)) {
		return false
	}
	if t.exact[string(topic)] {
		return true
	}
	for _, p := range t.prefixes {
		if bytes.HasPrefix(topic, p) {
			return true
		}
	}
	return false
}

func checkPattern(p string) error {
	bad := func(rule string) error {
		return &ConfigError{Field: "Export.Topics", Value: fmt.Sprintf("%q", p), Rule: rule}
	}
	switch {
	case p == "":
		return bad("a topic has one byte or more; \"*\" names all of them")
	case len(p) > event.MaxTopic:
		return bad(fmt.Sprintf("a topic has at most %d bytes", event.MaxTopic))
	case strings.Contains(strings.TrimSuffix(p, "*"), "*"):
		return bad("* may stand only at the end")
	case strings.HasPrefix(p, ownTopics):
		return bad("topics that begin with " + ownTopics + " are the bridge's own and stay in their fleet")
	}
	return nil
}
