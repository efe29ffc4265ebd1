package contest

import (
	"context"
	"encoding/binary"
	"errors"
	"iter"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
)

// Change is what happened to a lease. That one ran out is nobody's doing and is
// not told: Until says when.
type Change uint8

// Changes.
const (
	Claimed Change = iota + 1
	Renewed
	Released
)

func (c Change) String() string {
	switch c {
	case Claimed:
		return "claimed"
	case Renewed:
		return "renewed"
	case Released:
		return "released"
	}
	return "unknown"
}

// Transition is a change of a lease as an observer gets it.
type Transition struct {
	Change
	Holder            // whose lease; its texts are made when they are asked for
	At     netid64.ID // of the frame: its place in the order in which changes were told
	Seq    uint64     // the order in which they happened, for those of one subject
}

// A transition's frame has the change as its op, Seq as its version, and the
// words of the record in little-endian order as its payload.
const transitionSize = 8 * recordWords

// tell publishes a change. The table has decided already, so if it cannot be
// published the change stands, and is counted.
func (t *Table) tell(w *ring.Writer, c Change, seq uint64, r *record) {
	for i, v := range r {
		binary.LittleEndian.PutUint64(t.note[8*i:], v)
	}
	for range tellTries {
		_, err := w.Publish(uint8(c), seq, t.note[:])
		if err == nil {
			return
		}
		if !errors.Is(err, ring.ErrLapped) {
			break
		}
	}
	t.mute++
}

// tellTries is how often a transition is published that others lap.
const tellTries = 16

// Untold returns how many changes of this Table's could not be published,
// because writers were stopped inside the whole ring of transitions or lapped
// it each time. They happened all the same.
func (t *Table) Untold() (n uint64) {
	t.family.Do(func(*ring.Writer) error {
		n = t.mute
		return nil
	})
	return n
}

// Watcher is an observer's own place in the order of transitions. One goroutine at
// a time may use it. It stores nothing that others see.
type Watcher struct {
	cursor *ring.Cursor
	frame  ring.Frame
	slots  int
	each   Transition // of Transitions
}

// Watch makes a watcher that begins at the oldest transition that is still there
// (ring.Oldest), with those from now on (ring.Now), or some back (ring.Back).
// Close it when done.
func (t *Table) Watch(from ring.Start) (*Watcher, error) {
	c, err := t.family.Cursor(from)
	if err != nil {
		return nil, err
	}
	return &Watcher{cursor: c, frame: t.family.NewFrame(), slots: int(t.ring.Identity().Geometry.Capacity)}, nil
}

// Next copies the next transition into to. False: there is none yet.
// fleet.ErrClosed after Close. Nothing is allocated.
func (w *Watcher) Next(to *Transition) (bool, error) {
	for range w.slots {
		if ok, err := w.cursor.Next(&w.frame); !ok {
			return false, err
		}
		if to.open(&w.frame) {
			return true, nil
		}
	}
	return false, nil
}

// open reads a transition from a frame. False: it is none.
func (t *Transition) open(f *ring.Frame) bool {
	if len(f.Payload) != transitionSize || Change(f.Op) < Claimed || Change(f.Op) > Released {
		return false
	}
	var r record
	for i := range r {
		r[i] = binary.LittleEndian.Uint64(f.Payload[8*i:])
	}
	*t = Transition{Change: Change(f.Op), Holder: r.holder(), At: f.ID, Seq: f.Version}
	return true
}

// Transitions yields transitions until there is none yet or limit are delivered;
// limit ≤ 0 means no limit. It yields the same Transition each time: what is to
// be kept must be copied.
func (w *Watcher) Transitions(limit int) iter.Seq[*Transition] {
	return func(yield func(*Transition) bool) {
		for n := 0; limit <= 0 || n < limit; n++ {
			if ok, _ := w.Next(&w.each); !ok || !yield(&w.each) {
				return
			}
		}
	}
}

// Wait returns nil as soon as Next has something to deliver, ctx.Err() when ctx
// ends first, fleet.ErrClosed after Close.
func (w *Watcher) Wait(ctx context.Context) error { return w.cursor.Wait(ctx) }

// Loss returns what the watcher has lost so far.
func (w *Watcher) Loss() ring.Loss { return w.cursor.Loss() }

// Close ends the watcher. Calling it again does nothing.
func (w *Watcher) Close() error { return w.cursor.Close() }
