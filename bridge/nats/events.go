package bridge

import (
	"errors"
	"strings"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
)

// events publishes imported events: through the bus of the node that stands for
// their publisher, so that they are events like any other here.
type events struct {
	buses []*event.Bus
	names map[string]string // topics seen, so that none is allocated twice
}

func openEvents(members []*fleet.Fleet, o event.Options) (*events, error) {
	e := &events{names: make(map[string]string)}
	for _, f := range members {
		bus, err := event.Open(f, o)
		if err != nil {
			return nil, err
		}
		e.buses = append(e.buses, bus)
	}
	return e, nil
}

func (e *events) ring() *ring.Ring { return e.buses[0].Ring() }
func (e *events) exact() bool      { return true }

var errNoEvent = errors.New("orbit: frame is no event, or one of the bridge's own topics")

func (e *events) frame(node int, r *record) error {
	n := int(r.op)
	if n == 0 || n > len(r.payload) {
		return errNoEvent
	}
	topic := e.name(r.payload[:n])
	if strings.HasPrefix(topic, ownTopics) {
		return errNoEvent
	}
	_, err := e.buses[node].Publish(topic, r.payload[n:])
	return err
}

// maxNames bounds the topics that are kept.
const maxNames = 4096

func (e *events) name(topic []byte) string {
	if s, ok := e.names[string(topic)]; ok {
		return s
	}
	if len(e.names) >= maxNames {
		clear(e.names)
	}
	s := string(topic)
	e.names[s] = s
	return s
}

func (e *events) gap(g Gap) error {
	_, err := e.buses[0].Publish(GapTopic, g.payload())
	return err
}
