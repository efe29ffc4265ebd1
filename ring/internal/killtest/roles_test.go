//go:build linux && amd64 && !race

package killtest

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/orbitring/orbit/internal/killpoint"
	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/shm"
)

// task is what the child has to do, and goes to it as text.
type task struct {
	Do    string
	Sizes []int // of the operation's payloads
}

// verdict is what the operation returned.
type verdict struct {
	Err    string
	Lapped bool
	Used   int    // positions
	Lost   int    // of them
	Holes  uint64 // that the writer has declared so far
}

func encore(t task) uint64 { return versionOf(victim, t.Sizes[0], seqEncore) }

func init() { killpoint.Register("ring", ringRole) }

// ringRole opens the ring from its own descriptor and does one operation as the
// victim.
func ringRole(in killpoint.Inherited) (killpoint.Act, error) {
	var t task
	if err := json.Unmarshal([]byte(in.Args), &t); err != nil {
		return killpoint.Act{}, err
	}
	s, err := shm.AttachFile(in.Files[0], false)
	if err != nil {
		return killpoint.Act{}, err
	}
	r, err := ring.Open(s)
	if err != nil {
		return killpoint.Act{}, err
	}
	a := &actor{ring: r, segment: s, messages: make([]ring.Message, len(t.Sizes))}
	for i, size := range t.Sizes {
		a.messages[i] = messageOf(versionOf(victim, size, seqChild+uint32(i)))
	}
	if t.Do != "open" {
		if a.w, err = r.Writer(victim); err != nil {
			return killpoint.Act{}, err
		}
	}
	if t.Do == "commit" || t.Do == "abort" {
		if a.reserved, err = a.w.Reserve(t.Sizes[0]); err != nil {
			return killpoint.Act{}, err
		}
	}
	run := operations[t.Do]
	if run == nil {
		return killpoint.Act{}, fmt.Errorf("no operation %q", t.Do)
	}
	return killpoint.Act{
		Run:    func() { run(a) },
		Report: func() any { return a.verdict() },
		Again: func() any {
			m := messageOf(encore(t))
			a.err = nil
			a.publish(m)
			return a.verdict()
		},
	}, nil
}

// actor is the child. Its operations leave their results in it.
type actor struct {
	ring     *ring.Ring
	segment  *shm.Segment
	w        *ring.Writer
	reserved ring.Reservation
	messages []ring.Message

	id   netid64.ID
	used int
	err  error
}

var operations = map[string]func(*actor){
	"publish": func(a *actor) { a.publish(a.messages[0]) },
	"publish parts": func(a *actor) {
		m := a.messages[0]
		k := len(m.Payload) / 3
		a.id, a.err = a.w.PublishParts(m.Op, m.Version, m.Payload[:k], m.Payload[k:])
		a.used = 1
	},
	"batch": func(a *actor) { a.id, a.used, a.err = a.w.PublishBatch(a.messages) },
	"reserve and commit": func(a *actor) {
		if a.reserved, a.err = a.w.Reserve(len(a.messages[0].Payload)); a.err == nil {
			a.commit()
		}
	},
	"reserve and abort": func(a *actor) {
		if a.reserved, a.err = a.w.Reserve(len(a.messages[0].Payload)); a.err == nil {
			copy(a.reserved.Payload(), a.messages[0].Payload)
			a.reserved.Abort()
		}
	},
	"commit": (*actor).commit,
	"abort":  func(a *actor) { a.reserved.Abort() },
	"open":   func(a *actor) { a.w, a.err = a.ring.Writer(victim) },
}

func (a *actor) publish(m ring.Message) {
	a.id, a.err = a.w.Publish(m.Op, m.Version, m.Payload)
	a.used = 1
}

func (a *actor) commit() {
	m := a.messages[0]
	copy(a.reserved.Payload(), m.Payload)
	a.id, a.used = a.reserved.ID(), 1
	a.err = a.reserved.Commit(m.Op, m.Version)
}

func (a *actor) verdict() verdict {
	v := verdict{Used: a.used}
	if a.w != nil {
		v.Holes = a.w.Stats().Holes
	}
	if a.err != nil {
		v.Err = a.err.Error()
	}
	if detail, ok := errors.AsType[*ring.LappedError](a.err); ok {
		v.Lapped, v.Lost = errors.Is(a.err, ring.ErrLapped), detail.Lost
	}
	return v
}
