package ring_test

import (
	"encoding/binary"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

// match takes the next frame of op and version and returns its payload.
func (r rig) match(x *ring.Ring, c *ring.Cursor, op uint8, version uint64) (string, bool) {
	r.Helper()
	f := x.NewFrame()
	ok, err := c.NextMatch(op, version, &f)
	if err != nil {
		r.Fatal(err)
	}
	return string(f.Payload), ok
}

func TestOnlyFramesOfThatOpAndVersionAreDeliveredAndTheOthersAreNoLoss(t *testing.T) {
	for _, payload := range []uint32{0, 8, 40, 41, 300} {
		conformBoth(t, 256, payload, func(r rig) {
			x := r.ring()
			w, c := r.writer(x, 0), r.cursor(x, ring.Oldest)
			f := x.NewFrame()
			for i := range uint64(200) {
				op, version := uint8(2), uint64(9)
				switch {
				case i%70 == 1:
					version = 8
				case i%2 == 0:
					op = 3
				default:
					version = 7
				}
				if _, err := w.Publish(op, version, make([]byte, uint64(payload)*i/200)); err != nil {
					r.Fatal(err)
				}
			}
			for _, p := range []uint64{1, 71, 141} {
				ok, err := c.NextMatch(2, 8, &f)
				r.equal("match", say(ok, err, f.ID.Counter(), f.Op, f.Version, len(f.Payload)),
					say(true, nil, p, 2, 8, uint64(payload)*p/200))
				r.equal("position", c.Position(laneOf(x, 0)), p+1)
			}
			ok, err := c.NextMatch(2, 8, &f)
			r.equal("after the last", say(ok, err, c.Position(0), c.Loss()), say(false, nil, 200, ring.Loss{}))
		})
	}
}

func TestPassingFramesMergesLanesAndWaitsForNone(t *testing.T) {
	conform(t, shape(layout.Lane, 3, 1024, 8), func(r rig) {
		x := r.ring()
		c := r.cursor(x, ring.Oldest)
		w0, w2 := r.writer(x, 0), r.writer(x, 2)
		for range 1000 {
			r.publish(w0, "chatty")
		}
		w2.Publish(5, 5, []byte("quiet"))
		got, ok := r.match(x, c, 5, 5)
		r.equal("match", say(got, ok), say("quiet", true))
		if p := c.Position(0); p > 200 {
			r.Errorf("the quiet node waited for %d frames of the chatty one", p)
		}
		_, ok = r.match(x, c, 5, 5)
		r.equal("then", say(ok, c.Position(0), c.Position(1), c.Position(2)), say(false, 1000, 0, 1))
	})
}

func TestPassingFramesCountsEveryCauseOfLoss(t *testing.T) {
	conform(t, shape(layout.Shared, 1, 8, 8), func(r rig) {
		region := r.open()
		x, err := ring.Open(region)
		r.equal("open", err, nil)
		r.Cleanup(func() { x.Close() })
		w, c := r.writer(x, 0), r.cursor(x, ring.Oldest)
		for range 10 {
			r.publish(w, "pass") // 2 are overwritten
		}
		_, ok := r.match(x, c, 2, 2)
		r.equal("lapped", say(ok, c.Position(0), c.Loss()), say(false, 10, ring.Loss{Overwritten: 2}))

		r.publish(w, "pass")
		res, _ := w.Reserve(0)
		res.Abort()
		r.publish(w, "pass")
		w.Publish(2, 2, []byte("behind a"))
		got, ok := r.match(x, c, 2, 2)
		r.equal("hole", say(got, ok, c.Position(0), c.Loss()), say("behind a", true, 14, ring.Loss{Overwritten: 2, Unavailable: 1}))

		r.publish(w, "pass", "pass")
		r.equal("reset", x.Reset(), nil)
		w.Publish(2, 2, []byte("behind b"))
		got, ok = r.match(x, c, 2, 2)
		r.equal("reset", say(got, ok, c.Position(0), c.Loss()), say("behind b", true, 17, ring.Loss{Overwritten: 2, Unavailable: 1, Reset: 2}))

		r.publish(w, "pass", "pass", "pass")
		at := region.Identity().Geometry.SlotOffset(0, 18) + layout.LengthOffset
		binary.LittleEndian.PutUint32(region.Bytes()[at:], 9)
		_, ok = r.match(x, c, 2, 2)
		r.equal("a length that no publisher writes", say(ok, c.Position(0), c.Loss()),
			say(false, 20, ring.Loss{Overwritten: 2, Unavailable: 2, Reset: 2}))
	})
}

func TestAMatchIsRefusedAsNextIsAndPassesNothing(t *testing.T) {
	conformBoth(t, 4, 16, func(r rig) {
		x := r.ring()
		r.publish(r.writer(x, 0), "x")
		c := r.cursor(x, ring.Oldest)
		short, f := ring.Frame{Payload: make([]byte, 15)}, x.NewFrame()
		if _, err := c.NextMatch(2, 2, &short); !errors.Is(err, ring.ErrShortBuffer) {
			r.Error(err)
		}
		r.equal("position", c.Position(0), 0)
		c.Close()
		if _, err := c.NextMatch(2, 2, &f); !errors.Is(err, ring.ErrClosed) {
			r.Error(err)
		}
		r.equal("position", c.Position(0), 0)
	})
}

// One frame in 10 is looked for while a writer overwrites the ring at full
// speed. Each position says by itself whether it should match, so one that is
// missing must be among the losses.
func TestAReaderThatPassesFramesUnderAFastWriterMissesNoMatchButWhatItCounts(t *testing.T) {
	const frames, each = 30000, 10
	for _, payload := range []uint32{8, 64} {
		conformBoth(t, 64, payload, func(r rig) {
			x := r.ring()
			w, c := r.writer(x, 0), r.cursor(x, ring.Oldest)
			c.SetStallLimit(time.Minute) // a writer that the machine lets wait is no loss here
			done := make(chan error, 1)
			go func() {
				body := make([]byte, payload)
				for p := range uint64(frames) {
					binary.LittleEndian.PutUint64(body, p)
					if _, err := w.Publish(uint8(p%each), p%each, body); err != nil {
						done <- err
						return
					}
					if p%1024 == 0 {
						runtime.Gosched()
					}
				}
				done <- nil
			}()
			f := x.NewFrame()
			next, before := uint64(3), uint64(0) // the next match, and what was lost before it
			missed := func(at uint64) {
				lost := c.Loss().Total()
				if n := (at - next + each - 1) / each; at < next || n > lost-before {
					r.Fatalf("at %d instead of %d, with %d lost", at, next, lost-before)
				}
				before = lost
			}
			for c.Position(0) < frames {
				ok, err := c.NextMatch(3, 3, &f)
				if err != nil {
					r.Fatal(err)
				}
				if !ok {
					runtime.Gosched()
					continue
				}
				p := binary.LittleEndian.Uint64(f.Payload)
				if p != f.ID.Counter() || p%each != 3 || f.Op != 3 || f.Version != 3 || c.Position(0) != p+1 {
					r.Fatalf("%v op %d version %d says %d, position %d", f.ID, f.Op, f.Version, p, c.Position(0))
				}
				missed(p)
				next = p + each
			}
			if next < frames {
				missed(frames)
			}
			if err := <-done; err != nil {
				r.Fatal(err)
			}
			r.equal("end", say(c.Position(0), c.Loss().Unavailable, c.Loss().Reset), say(frames, 0, 0))
		})
	}
}
