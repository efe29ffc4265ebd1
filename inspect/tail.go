package inspect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

// Tail says what to follow.
type Tail struct {
	Back    uint64 // frames of each lane to begin with, before what comes
	Limit   int    // frames to end after; 0 is no limit
	Follow  bool   // wait for more; of a dump there is none
	Payload int    // bytes of a payload to tell; 0 is all
}

// Lost is positions that Tail passed without a frame, since the last frame.
type Lost struct {
	Schema      int    `json:"schema"`
	Overwritten uint64 `json:"overwritten"`
	Unavailable uint64 `json:"unavailable"`
	Reset       uint64 `json:"reset"`
}

// tailPause is how often a follower looks when there is nothing: an observer
// writes nothing into the segment, so nobody can wake it.
const tailPause = 5 * time.Millisecond

// ErrRemoved: the segment that was followed has lost its name. What comes under
// the same name is another one.
var ErrRemoved = errors.New("orbit: the segment was removed")

// goneLooks is how many times a follower finds nothing before it asks whether the
// segment was removed: about once a second.
const goneLooks = 200

// Follow reads frames as they come and hands each out, or what was lost before
// it. It returns nil at the end of what there is, or when ctx ends, ErrRemoved,
// and the error of a callback. Reading costs writers what any reader costs them.
func (s *Source) Follow(ctx context.Context, t Tail, frame func(*Frame) error, lost func(*Lost) error) error {
	t.Follow = t.Follow && s.Live()
	var c *ring.Cursor
	err := s.look(func() (err error) {
		c, err = s.ring.Cursor(ring.Back(t.Back))
		return err
	})
	if err != nil {
		return err
	}
	if !s.Live() {
		c.SetStallLimit(0) // nobody will commit any more
	}
	ends, err := s.heads()
	if err != nil {
		return err
	}
	f := s.ring.NewFrame()
	var seen ring.Loss
	for n, idle := 0, 0; (t.Limit == 0 || n < t.Limit) && (t.Follow || !reached(c, ends)); {
		var ok bool
		var at uint64
		err := s.look(func() (err error) {
			ok, err = c.Next(&f)
			at = c.Position(s.laneOf(&f)) - 1
			return err
		})
		if err != nil {
			return err
		}
		if l := c.Loss().Sub(seen); l.Total() > 0 {
			seen = c.Loss()
			if err := lost(&Lost{Schema: Schema, Overwritten: l.Overwritten, Unavailable: l.Unavailable, Reset: l.Reset}); err != nil {
				return err
			}
		}
		if ok {
			n, idle = n+1, 0
			if err := frame(s.frame(&f, at, t.Payload)); err != nil {
				return err
			}
			if ctx.Err() != nil {
				return nil
			}
			continue
		}
		// A damaged slot is passed only after it was looked at some dozens of times.
		if idle++; !t.Follow && idle > endLooks {
			return nil
		}
		if t.Follow && idle%goneLooks == 0 {
			if named, err := s.segment.Named(); err != nil || !named {
				return errors.Join(err, fmt.Errorf("%w: %s", ErrRemoved, s.entry.Path))
			}
		}
		if t.Follow && !pause(ctx, tailPause) {
			return nil
		}
	}
	return nil
}

// heads returns the head of every lane.
func (s *Source) heads() (all []uint64, err error) {
	err = s.look(func() error {
		for lane := range s.ring.Lanes() {
			all = append(all, s.ring.Head(lane))
		}
		return nil
	})
	return all, err
}

// reached tells whether a cursor has passed all that was there when the heads
// were read. It may have more to come: a frame is readable before head counts it.
func reached(c *ring.Cursor, heads []uint64) bool {
	for lane, head := range heads {
		if c.Position(lane) < head {
			return false
		}
	}
	return true
}

// endLooks is how often a cursor that found nothing looks again before Tail
// takes it for the end.
const endLooks = 4096

// laneOf returns the lane of a frame that a cursor delivered.
func (s *Source) laneOf(f *ring.Frame) int {
	if s.Identity().Geometry.Topology == layout.Shared {
		return 0
	}
	return int(f.ID.Node())
}

// pause waits, and tells whether ctx has not ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// frame tells a frame.
func (s *Source) frame(f *ring.Frame, position uint64, most int) *Frame {
	to := &Frame{
		Schema: Schema, ID: f.ID.String(), Kind: f.ID.Kind(), Node: f.ID.Node(), Position: position,
		Op: f.Op, Version: f.Version, Length: len(f.Payload),
	}
	decode(to, s.Identity().Kind, f, s.now(), most)
	return to
}

// newest reads the newest frame of a lane; nil if there is none.
func (s *Source) newest(lane int, f *ring.Frame) (bool, error) {
	var ok bool
	err := s.look(func() (err error) {
		ok, err = s.ring.Newest(lane, f)
		if errors.Is(err, ring.ErrContended) {
			return nil // writers are faster than it can be read
		}
		return err
	})
	return ok, err
}
