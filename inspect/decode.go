package inspect

import (
	"encoding/hex"
	"time"
	"unicode/utf8"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/heartbeat"
)

// Frame is one frame as Tail tells it. One of the pointers is set for a frame of
// a substrate's ring; of all others, and of frames that are not what their ring
// carries, Payload tells the bytes.
type Frame struct {
	Schema   int    `json:"schema"`
	ID       string `json:"id"`
	Kind     uint8  `json:"kind"`
	Node     uint16 `json:"node"`
	Position uint64 `json:"position"`
	Op       uint8  `json:"op"`
	Version  uint64 `json:"version"`
	Length   int    `json:"length"`

	Event   *Event   `json:"event,omitempty"`
	Beat    *Beat    `json:"heartbeat,omitempty"`
	Member  *Member  `json:"member,omitempty"`
	Cache   *Cached  `json:"cache,omitempty"`
	Claim   *Claim   `json:"contest,omitempty"`
	Payload *Payload `json:"payload,omitempty"`
}

// Payload is bytes: as text where they are printable UTF-8, else as hex. Cut
// tells how many more there are.
type Payload struct {
	Text string `json:"text,omitempty"`
	Hex  string `json:"hex,omitempty"`
	Cut  int    `json:"cut,omitempty"`
}

// Event is a frame of the ring of events.
type Event struct {
	Topic   string  `json:"topic"`
	Payload Payload `json:"payload"`
}

// Beat is a frame of the ring of heartbeats. Age is 0 where nobody knows it.
type Beat struct {
	At   time.Duration `json:"at_ns"` // of the host's clock
	Age  time.Duration `json:"age_ns"`
	Load uint64        `json:"load"`
}

// Member is an entry of the roll.
type Member struct {
	PID    int       `json:"pid"`
	Joined time.Time `json:"joined"`
}

// decode fills in what a frame of a kind means. now is the host's clock, most
// the bytes of a payload to tell.
func decode(to *Frame, kind uint8, f *ring.Frame, now time.Duration, most int) {
	switch kind {
	case event.Kind:
		if topic, payload, ok := event.Split(f); ok {
			to.Event = &Event{Topic: string(topic), Payload: tell(payload, most)}
			return
		}
	case heartbeat.Kind:
		if b, ok := heartbeat.Read(f); ok {
			to.Beat = &Beat{At: b.At, Load: b.Load}
			if now != 0 {
				to.Beat.Age = max(now-b.At, 0)
			}
			return
		}
	case fleet.RollKind:
		if m, ok := fleet.ReadMember(f); ok {
			to.Member = &Member{PID: m.PID, Joined: m.Since}
			return
		}
	case cacheKind:
		if to.Cache = decodeCache(f, now, most); to.Cache != nil {
			return
		}
	case contestKind:
		if to.Claim = decodeClaim(f, now); to.Claim != nil {
			return
		}
	}
	p := tell(f.Payload, most)
	to.Payload = &p
}

// tell shows at most so many bytes.
func tell(b []byte, most int) (p Payload) {
	if most > 0 && len(b) > most {
		p.Cut = len(b) - most
		b = b[:most]
		for i := 1; i < utf8.UTFMax && i < len(b); i++ { // not within a character
			if utf8.RuneStart(b[len(b)-i]) {
				if !utf8.FullRune(b[len(b)-i:]) {
					p.Cut += i
					b = b[:len(b)-i]
				}
				break
			}
		}
	}
	if text := string(b); len(b) > 0 && isText(text) {
		p.Text = text
		return p
	}
	p.Hex = hex.EncodeToString(b)
	return p
}

// isText tells whether bytes are meant for people.
func isText(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f {
			return false
		}
	}
	return true
}
