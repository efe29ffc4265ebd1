//go:build linux && amd64 && !race

package killtest

import (
	"fmt"
	"runtime"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

// tally is a cursor whose every count is checked.
type tally struct {
	name string
	x    *world
	cur  *ring.Cursor
	buf  []byte
	base []place             // by lane
	got  []map[uint64]uint64 // by lane, version to position
	next []uint64            // by lane, the least position that may come
}

type place struct {
	position uint64
	loss     ring.Loss
	holes    uint64 // that the others had declared
}

func (x *world) follow(name string, from ring.Start) (*tally, error) {
	cur, err := x.reader.Cursor(from)
	if err != nil {
		return nil, err
	}
	cur.SetStallLimit(0) // of what was there before, nothing is waited for
	n := x.reader.Lanes()
	t := &tally{name: name, x: x, cur: cur, buf: make([]byte, x.reader.PayloadCapacity()), next: make([]uint64, n)}
	t.rebase()
	for lane, b := range t.base {
		t.next[lane] = b.position
	}
	return t, nil
}

// tracks begins the counts anew and makes the cursor wait for live writers by the
// state of the ring alone, not by the clock: a slow machine changes nothing.
func (t *tally) tracks() {
	t.rebase()
	t.cur.SetStallLimit(time.Hour)
}

// rebase begins the counts anew.
func (t *tally) rebase() {
	t.base, t.got = nil, nil
	for lane := range t.x.reader.Lanes() {
		t.base = append(t.base, place{t.cur.Position(lane), t.cur.LaneLoss(lane), t.x.holes()})
		t.got = append(t.got, map[uint64]uint64{})
	}
}

// holes is how many positions the survivors have declared holes.
func (x *world) holes() uint64 {
	if x.author == nil {
		return 0
	}
	return x.author.w.Stats().Holes
}

// poll takes what there is now, and checks frame by frame: whole, in order,
// known, and where its writer was told that it is.
func (t *tally) poll() error {
	for {
		f, ok, err := next(t.cur, t.buf)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		if !ok {
			return nil
		}
		if err := t.take(f); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
}

func (t *tally) take(f ring.Frame) error {
	if err := prove(f); err != nil {
		return err
	}
	lane, p := 0, f.ID.Counter()
	if len(t.got) > 1 {
		lane = int(f.ID.Node())
	}
	if p < t.next[lane] {
		return fmt.Errorf("out of order: %v comes when position %d is the least expected", f.ID, t.next[lane])
	}
	t.next[lane] = p + 1
	if at, twice := t.got[lane][f.Version]; twice {
		return fmt.Errorf("twice: version %#x at %d and at %d", f.Version, at, p)
	}
	t.got[lane][f.Version] = p
	if at, known := t.x.frames[f.Version]; known && at != p {
		return fmt.Errorf("moved: version %#x was published at %d and is delivered at %d", f.Version, at, p)
	} else if !known && !t.x.open[f.Version] {
		return fmt.Errorf("unknown: version %#x at %d was never published", f.Version, p)
	}
	if at, seen := t.x.seen[f.Version]; seen && at != p {
		return fmt.Errorf("moved: version %#x was delivered at %d and again at %d", f.Version, at, p)
	}
	t.x.seen[f.Version] = p
	return nil
}

// patience bounds how long a cursor may take to get to head while nobody writes:
// generous, since a slow machine is no fault.
const patience = 10 * time.Second

// drain reads until the cursor is at head in every lane, and has not believed for
// a last millisecond that the victim, dead by then, would commit.
func (t *tally) drain() error {
	for begin := time.Now(); ; runtime.Gosched() {
		if err := t.poll(); err != nil {
			return err
		}
		behind := false
		for lane := range t.got {
			p := t.cur.Position(lane)
			behind = behind || p < t.x.reader.Head(lane)
			if t.x.topology == layout.Shared {
				behind = behind || t.x.word(p) == layout.MakeWord(t.x.id.Geometry.Lap(p), layout.Writing, victim)
			}
		}
		if !behind {
			return nil
		}
		if time.Since(begin) > patience {
			return fmt.Errorf("%s: stuck at position %d, head is %d", t.name, t.cur.Position(0), t.x.reader.Head(0))
		}
	}
}

// lost returns what was lost in a lane since the base.
func (t *tally) lost(lane int) ring.Loss { return t.cur.LaneLoss(lane).Sub(t.base[lane].loss) }

// exact says whether every position passed is accounted for, and by a cause that
// can be.
func (t *tally) exact() error {
	for lane := range t.got {
		passed := t.cur.Position(lane) - t.base[lane].position
		loss := t.lost(lane)
		if n := uint64(len(t.got[lane])); n+loss.Total() != passed {
			return fmt.Errorf("%s: lane %d: inexact: %d delivered and %+v, but %d positions passed", t.name, lane, n, loss, passed)
		}
		if len(t.got) > 1 && loss.Unavailable > 0 {
			return fmt.Errorf("%s: lane %d: %d unavailable: a lane has no such positions", t.name, lane, loss.Unavailable)
		}
	}
	return nil
}

// complete says whether a cursor that was never late has got all there was, and
// lost no more than those inside a slot can have cost.
func (t *tally) complete(allowed uint64) error {
	for lane := range t.got {
		loss := t.lost(lane)
		if loss.Overwritten > 0 && (t.x.overtakes() || t.x.late) {
			return nil
		}
		if loss.Overwritten > 0 || loss.Reset > 0 {
			return fmt.Errorf("%s: lane %d: was never late and lost %+v", t.name, lane, loss)
		}
		if loss.Unavailable > allowed {
			return fmt.Errorf("%s: lane %d: %d unavailable, at most %d can be", t.name, lane, loss.Unavailable, allowed)
		}
	}
	for version, p := range t.x.frames {
		lane := 0
		if len(t.got) > 1 {
			lane = int(version >> 48)
		}
		if _, ok := t.got[lane][version]; !ok && p >= t.base[lane].position {
			return fmt.Errorf("%s: missing: version %#x was published at %d and not delivered", t.name, version, p)
		}
	}
	return nil
}
