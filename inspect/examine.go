package inspect

import (
	"errors"
	"fmt"
	"time"

	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// patient is a ring under examination.
type patient struct {
	*Source
	err    error
	heads  []uint64
	inside map[place]layout.Word
}

type place struct {
	lane     int
	position uint64
}

// broken is a ring that broke while it was looked at.
func (d *Diagnosis) broken(o *patient) {
	if errors.Is(o.err, shm.ErrTruncated) {
		d.find(Problem, o.entry.Path, "it was truncated under its members, which die of SIGBUS when they touch it",
			errorText(o.err), "find out who truncates it; end its members and rm it; they create it anew")
		return
	}
	d.find(Warning, o.entry.Path, "it cannot be looked at", errorText(o.err), "see the evidence")
}

// remember takes the first look.
func (o *patient) remember() (err error) {
	if o.heads, err = o.Source.heads(); err != nil {
		return err
	}
	o.inside = map[place]layout.Word{}
	for lane := range o.heads {
		l, err := o.lane(lane)
		if err != nil {
			return err
		}
		for _, in := range l.Inside {
			at := place{lane, in.Position}
			err := o.look(func() error { o.inside[at] = o.ring.Word(lane, in.Position); return nil })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// examine takes the second look.
func (d *Diagnosis) examine(o *patient, interval time.Duration) error {
	g, path := o.Identity().Geometry, o.entry.Path
	if minor := o.Identity().Minor; minor > layout.Minor {
		d.find(Note, path, "it was made by a later release", fmt.Sprintf("layout %d.%d, this build knows %d.%d", layout.Major, minor, layout.Major, layout.Minor),
			"nothing: a later minor can be read")
	}
	err := o.look(func() error {
		if o.ring.WaitState().Fence {
			d.find(Note, path, "every publish pays a fence", "a reader once could not use membarrier",
				"allow membarrier in that reader's seccomp profile, then let the segment be created anew")
		}
		return nil
	})
	if err != nil {
		return err
	}
	for lane := range o.heads {
		l, err := o.lane(lane)
		if err != nil {
			return err
		}
		where := path
		if g.Topology == layout.Lane {
			where = fmt.Sprintf("%s, lane %d", path, lane)
		}
		d.positions(l, g, where)
		for _, in := range l.Inside {
			if err := d.insideSlot(o, lane, in, where, interval); err != nil {
				return err
			}
		}
	}
	return nil
}

// positions judges the numbers of a lane.
func (d *Diagnosis) positions(l Lane, g layout.Geometry, where string) {
	const remedy = "end its members, then rm it; the next member creates it anew"
	if l.Floor > l.Head {
		d.find(Problem, where, "its floor lies past its head", fmt.Sprintf("floor %d, head %d: no reset can have done that", l.Floor, l.Head), remedy)
	}
	if readable := l.Head - l.Oldest; l.Scanned > 0 && readable > 0 && l.Other == l.Scanned {
		d.find(Problem, where, "no slot is what its head says", fmt.Sprintf("head %d, and %d slots of other laps", l.Head, l.Other), remedy)
	}
	if limit := g.MaxPosition(); l.Head > limit-limit/10 {
		d.find(Warning, where, "its positions run out", fmt.Sprintf("head %d of %d", l.Head, limit), "let the segment be created anew while its members are stopped")
	}
	if lost := l.Holes + l.Stalled; l.Scanned >= 64 && lost > l.Scanned/10 {
		d.find(Warning, where, "many positions hold no frame", fmt.Sprintf("%d of the newest %d", lost, l.Scanned),
			"writers are preempted or stopped inside slots: give them more processors, or the ring more slots")
	}
}

// insideSlot judges a writer that is inside a slot for the second time.
func (d *Diagnosis) insideSlot(o *patient, lane int, in Inside, where string, interval time.Duration) error {
	var word layout.Word
	err := o.look(func() error { word = o.ring.Word(lane, in.Position); return nil })
	if err != nil || o.inside[place{lane, in.Position}] != word || word == 0 {
		return err // it was not there before: it is at work
	}
	evidence := fmt.Sprintf("position %d is %s by node %d, the same %v ago", in.Position, in.State, in.Node, interval)
	switch {
	case in.Alive:
		d.find(Warning, where, fmt.Sprintf("node %d stays inside a slot", in.Node), evidence+"; its process lives",
			"is it stopped (SIGSTOP, a debugger, a frozen container), or does it keep a Reservation open? Others pass it, at a hole a lap")
	case o.Identity().Geometry.Topology == layout.Lane:
		d.find(Note, where, fmt.Sprintf("node %d was killed inside a slot", in.Node), evidence+"; no process holds the node",
			"nothing: the node's next life writes the slot again, and readers lose nothing")
	default:
		d.find(Note, where, fmt.Sprintf("node %d was killed inside a slot", in.Node), evidence+"; no process holds the node",
			"nothing: the next writer who comes around takes the slot over; readers count one position as unavailable")
	}
	return nil
}
