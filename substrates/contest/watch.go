package contest

import (
	"context"
	"encoding/binary"
	"iter"
	"time"

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
		if _, err := w.Publish(uint8(c), seq, t.note[:]); err == nil {
			return
		}
	}
	t.mute++
}

// tellTries is how often a transition is published that others lap.
const tellTries = 4

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

// slice bounds how long a waiter trusts that it would be told: a change whose
// author died before it told is found so much later.
const slice = 100 * time.Millisecond

// Wait returns nil as soon as nobody holds the subject, ctx.Err() when ctx ends
// first. Somebody else may have it again by the time that Wait returns. Errors
// beside it are those of Holder and Watch.
func (t *Table) Wait(ctx context.Context, s Subject) error {
	return t.await(ctx, s, func() (bool, time.Duration, error) {
		h, held, err := t.Holder(s)
		return !held, h.Until, err
	})
}

// Acquire claims a subject as soon as it is free: Claim and Wait, until ctx ends.
func (t *Table) Acquire(ctx context.Context, s Subject, owner string, ttl time.Duration) (g Guard, err error) {
	err = t.await(ctx, s, func() (bool, time.Duration, error) {
		var h Holder
		var err error
		g, h, err = t.Claim(s, owner, ttl)
		return g.Won(), h.Until, err
	})
	return g, err
}

// await calls try until it is done, at every transition, when the lease that it
// names is over, and otherwise once a slice.
func (t *Table) await(ctx context.Context, s Subject, try func() (done bool, until time.Duration, err error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w, err := t.Watch(ring.Now) // before the first look: what follows it is told
	if err != nil {
		return err
	}
	defer w.Close()
	for {
		done, until, err := try()
		if done || err != nil {
			return err
		}
		nap, cancel := context.WithTimeout(ctx, min(slice, max(until-t.clock(), time.Microsecond)))
		w.passOthers(nap, s)
		cancel()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// passOthers waits for a transition of s that ends a lease, or the end of nap.
func (w *Watcher) passOthers(nap context.Context, s Subject) {
	for w.Wait(nap) == nil {
		for ok, _ := w.Next(&w.each); ok; ok, _ = w.Next(&w.each) {
			h := &w.each.Holder
			if w.each.Change == Released && h.kind == s.Kind && string(h.label[:h.labelSize]) == s.Label {
				return
			}
		}
	}
}
