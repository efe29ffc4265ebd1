package bridge

import (
	"encoding/json"
	"fmt"
)

const (
	// ownTopics begins the topics that the bridge publishes itself. They are
	// never exported.
	ownTopics = "orbit.bridge."
	// GapTopic is the topic of the events by which the bridge tells the importing
	// fleet what is missing; ParseGap reads their payload. They come in the order
	// of the events around them, from the first node of the origin's range.
	GapTopic = ownTopics + "gap"
)

// Cause says where something was lost.
type Cause uint8

// The causes.
const (
	// Overwritten: the origin's ring came around before the bridge had read it,
	// because the network was away or slower than the fleet.
	Overwritten Cause = 1 + iota
	// Unavailable: a publisher at the origin died or stalled inside its frame.
	Unavailable
	// Reset: the origin's ring was reset.
	Reset
	// Network: the exporter sent it, or its life ended before it did, and it did
	// not arrive.
	Network
	// Replaced: the origin has a new ring, since its host or fleet was started
	// anew; the end of the old one was not seen.
	Replaced
	// Refused: it arrived and could not be published: too large for this fleet's
	// ring, a node beyond the range, no event.
	Refused
	// Restarted: the importer was killed, and this fleet's ring came around before
	// it was back, so nobody knows whether these were published.
	Restarted
)

var causes = [...]string{Overwritten: "overwritten", Unavailable: "unavailable", Reset: "reset",
	Network: "network", Replaced: "replaced", Refused: "refused", Restarted: "restarted"}

func (c Cause) String() string {
	if c == 0 || int(c) >= len(causes) {
		return fmt.Sprintf("cause %d", uint8(c))
	}
	return causes[c]
}

// MarshalText writes the cause as a word.
func (c Cause) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (c *Cause) UnmarshalText(text []byte) error {
	for i, word := range causes {
		if i > 0 && word == string(text) {
			*c = Cause(i)
			return nil
		}
	}
	return fmt.Errorf("orbit: %q is no cause of a gap", text)
}

// Gap tells what is missing from an origin: of the positions First to Until of
// its ring, Until excluded, at most Lost were to be imported and were not.
// Positions of topics that are not exported do not count where that is known.
type Gap struct {
	Host  string `json:"host"`
	Cache bool   `json:"cache,omitempty"` // in the changes of the cache; else in the events
	First uint64 `json:"first"`
	Until uint64 `json:"until"`
	Lost  uint64 `json:"lost"`
	Cause Cause  `json:"cause"`
}

func (g Gap) String() string {
	return fmt.Sprintf("up to %d of the positions %d to %d of %s: %s", g.Lost, g.First, g.Until, g.Host, g.Cause)
}

// ParseGap reads the payload of an event of GapTopic.
func ParseGap(payload []byte) (Gap, error) {
	var g Gap
	if err := json.Unmarshal(payload, &g); err != nil {
		return g, fmt.Errorf("orbit: no gap record: %w", err)
	}
	return g, nil
}

// payload is what ParseGap reads: JSON, for readers in any language.
func (g Gap) payload() []byte {
	text, err := json.Marshal(g)
	if err != nil {
		panic(err) // numbers and a checked name
	}
	return text
}
