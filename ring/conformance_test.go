package ring_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// backing makes regions of one sort. Each call of the returned function opens
// one more handle on the same region.
type backing struct {
	name string
	make func(t *testing.T, id layout.Identity) func() ring.Region
}

var fleetCount atomic.Uint32

// backings are all sorts of memory that this build supports: the protocol has
// to hold alike in each.
func backings() []backing {
	all := []backing{{"heap", func(t *testing.T, id layout.Identity) func() ring.Region {
		m, err := ring.NewMemory(id)
		if err != nil {
			t.Fatal(err)
		}
		return func() ring.Region { return m }
	}}}
	if ^uint(0)>>32 == 0 {
		return all
	}
	return append(all, backing{"anonymous", func(t *testing.T, id layout.Identity) func() ring.Region {
		first, err := shm.Unnamed(id, shm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f, err := first.File()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close(); first.Close() })
		return func() ring.Region {
			own, err := syscall.Dup(int(f.Fd()))
			if err != nil {
				t.Fatal(err)
			}
			s, err := shm.AttachFile(os.NewFile(uintptr(own), "handed over"), false)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	}}, backing{"named", func(t *testing.T, id layout.Identity) func() ring.Region {
		name, err := shm.Name(fmt.Sprintf("conformance%d-%d", os.Getpid(), fleetCount.Add(1)), id.Kind)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := shm.Remove(name, shm.Options{}); err != nil {
				t.Error(err)
			}
		})
		return func() ring.Region {
			s, err := shm.Open(name, id, shm.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	}})
}

// rig is one region with as many handles as a test wants.
type rig struct {
	*testing.T
	open func() ring.Region
}

func (r rig) ring() *ring.Ring {
	r.Helper()
	x, err := ring.Open(r.open())
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { x.Close() })
	return x
}

func (r rig) writer(x *ring.Ring, node uint16) *ring.Writer {
	r.Helper()
	w, err := x.Writer(node)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { w.Close() })
	return w
}

func (r rig) cursor(x *ring.Ring, from ring.Start) *ring.Cursor {
	r.Helper()
	c, err := x.Cursor(from)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { c.Close() })
	return c
}

// publish writes one frame per text and returns the ids.
func (r rig) publish(w *ring.Writer, texts ...string) (ids []netid64.ID) {
	r.Helper()
	for _, s := range texts {
		id, err := w.Publish(1, 1, []byte(s))
		if err != nil {
			r.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// drain polls everything there is and returns the payloads.
func (r rig) drain(x *ring.Ring, c *ring.Cursor) (texts []string) {
	r.Helper()
	f := x.NewFrame()
	for {
		ok, err := c.Next(&f)
		if err != nil {
			r.Fatal(err)
		}
		if !ok {
			return texts
		}
		texts = append(texts, string(f.Payload))
	}
}

func (r rig) read(x *ring.Ring, id netid64.ID) (ring.Frame, bool) {
	r.Helper()
	f := x.NewFrame()
	ok, err := x.Read(id, &f)
	if err != nil {
		r.Fatal(err)
	}
	return f, ok
}

func (r rig) newest(x *ring.Ring, lane int) (ring.Frame, bool) {
	r.Helper()
	f := x.NewFrame()
	ok, err := x.Newest(lane, &f)
	if err != nil {
		r.Fatal(err)
	}
	return f, ok
}

func (r rig) equal(what string, got, want any) {
	r.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		r.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// say spells values with a space between, strings included.
func say(a ...any) string { return strings.TrimSuffix(fmt.Sprintln(a...), "\n") }

const testKind = 7

func shape(t layout.Topology, lanes uint32, capacity uint64, payload uint32) layout.Identity {
	return layout.Identity{Kind: testKind, Geometry: layout.Geometry{Topology: t, Lanes: lanes, Capacity: capacity, Payload: payload}}
}

// conform runs a test in every sort of memory.
func conform(t *testing.T, id layout.Identity, test func(rig)) {
	t.Helper()
	for _, b := range backings() {
		t.Run(b.name, func(t *testing.T) { test(rig{t, b.make(t, id)}) })
	}
}

// conformBoth runs it in both topologies too, four nodes in each.
func conformBoth(t *testing.T, capacity uint64, payload uint32, test func(rig)) {
	t.Helper()
	t.Run("lane", func(t *testing.T) { conform(t, shape(layout.Lane, 4, capacity, payload), test) })
	t.Run("shared", func(t *testing.T) { conform(t, shape(layout.Shared, 1, capacity, payload), test) })
}

// lane is where node's frames are in x.
func laneOf(x *ring.Ring, node int) int {
	if x.Lanes() == 1 {
		return 0
	}
	return node
}

func TestAFrameReadsBackWithIdVersionOpAndPayload(t *testing.T) {
	conformBoth(t, 1024, 64, func(r rig) {
		x := r.ring()
		w := r.writer(x, 3)
		id, err := w.Publish(9, 42, []byte("hello"))
		r.equal("error", err, nil)
		r.equal("id", id, netid64.Make(testKind, 3, 0))
		f, ok := r.read(x, id)
		r.equal("frame", say(ok, f.ID, f.Version, f.Op, string(f.Payload)), say(true, id, 42, 9, "hello"))
	})
}

func TestHeadCountsPublishes(t *testing.T) {
	conformBoth(t, 4, 8, func(r rig) {
		x := r.ring()
		w := r.writer(x, 1)
		lane := laneOf(x, 1)
		r.equal("empty", x.Head(lane), 0)
		r.publish(w, "a")
		r.equal("one", x.Head(lane), 1)
		r.publish(w, "b")
		r.equal("two", x.Head(lane), 2)
	})
}

func TestNewestIsAbsentOnAnEmptyRingAndThenTheLastFrame(t *testing.T) {
	conformBoth(t, 4, 8, func(r rig) {
		x := r.ring()
		w := r.writer(x, 2)
		if _, ok := r.newest(x, laneOf(x, 2)); ok {
			r.Error("a frame on an empty ring")
		}
		ids := r.publish(w, "one", "two")
		f, ok := r.newest(x, laneOf(x, 2))
		r.equal("newest", say(ok, f.ID, string(f.Payload)), say(true, ids[1], "two"))
	})
}

func TestCapacityFourKeepsTheLastFourOfSix(t *testing.T) {
	conformBoth(t, 4, 8, func(r rig) {
		x := r.ring()
		ids := r.publish(r.writer(x, 0), "0", "1", "2", "3", "4", "5")
		for i, id := range ids {
			f, ok := r.read(x, id)
			if ok != (i >= 2) || ok && string(f.Payload) != say(i) {
				r.Errorf("frame %d: %v %q", i, ok, f.Payload)
			}
		}
	})
}

func TestReadByIdOfAnotherKindNodeOrFutureIsAbsent(t *testing.T) {
	conformBoth(t, 4, 8, func(r rig) {
		x := r.ring()
		id := r.publish(r.writer(x, 1), "x")[0]
		for _, other := range []netid64.ID{
			netid64.Make(testKind+1, 1, 0), netid64.Make(testKind, 2, 0), netid64.Make(testKind, 1, 1),
			netid64.Make(testKind, 1, netid64.CounterMask), netid64.Make(testKind, 60000, 0), 0,
		} {
			if _, ok := r.read(x, other); ok {
				r.Errorf("%v is there", other)
			}
		}
		if _, ok := r.read(x, id); !ok {
			r.Error("the published one is not")
		}
	})
}

func TestWhatOneHandleWritesTheOtherReads(t *testing.T) {
	conformBoth(t, 8, 8, func(r rig) {
		a, b := r.ring(), r.ring()
		c := r.cursor(b, ring.Oldest)
		wa, wb := r.writer(a, 0), r.writer(b, 1)
		r.publish(wa, "a")
		r.publish(wb, "b")
		r.equal("through b", r.drain(b, c), []string{"a", "b"})
		if _, ok := r.read(a, netid64.Make(testKind, 1, uint64(1-laneOf(a, 1)))); !ok {
			r.Error("a does not see b's frame")
		}
	})
}

func TestAPayloadOneByteOverTheLimitIsRefusedAndNothingIsPublished(t *testing.T) {
	conformBoth(t, 4, 40, func(r rig) {
		x := r.ring()
		w := r.writer(x, 0)
		r.publish(w, strings.Repeat("x", 40))
		_, err := w.Publish(0, 0, make([]byte, 41))
		var p *ring.PayloadError
		if !errors.Is(err, ring.ErrPayload) || !errors.As(err, &p) || p.Size != 41 || p.Limit != 40 {
			r.Errorf("got %v", err)
		}
		_, _, err = w.PublishBatch([]ring.Message{{Payload: []byte("fits")}, {Payload: make([]byte, 41)}})
		if !errors.Is(err, ring.ErrPayload) {
			r.Errorf("batch: got %v", err)
		}
		_, err = w.Reserve(41)
		if !errors.Is(err, ring.ErrPayload) {
			r.Errorf("reserve: got %v", err)
		}
		if _, err = w.Reserve(-1); !errors.Is(err, ring.ErrPayload) {
			r.Errorf("reserve -1: got %v", err)
		}
		r.equal("head", x.Head(0), 1)
	})
}

func TestAPayloadCapacityOfZeroTakesEmptyFramesOnly(t *testing.T) {
	conformBoth(t, 2, 0, func(r rig) {
		x := r.ring()
		w := r.writer(x, 0)
		id, err := w.Publish(5, 6, nil)
		r.equal("empty", err, nil)
		f, ok := r.read(x, id)
		r.equal("frame", say(ok, f.Op, f.Version, len(f.Payload)), "true 5 6 0")
		if _, err := w.Publish(0, 0, []byte{1}); !errors.Is(err, ring.ErrPayload) {
			r.Errorf("one byte: %v", err)
		}
	})
}

func TestTwoNodesWritingAtOnceIntoASharedRingUseEveryPositionOnce(t *testing.T) {
	conform(t, shape(layout.Shared, 1, 2048, 16), func(r rig) {
		x := r.ring()
		var wg sync.WaitGroup
		seen := make([]atomic.Int32, 2000)
		for node := uint16(1); node <= 2; node++ {
			w := r.writer(r.ring(), node)
			wg.Go(func() {
				for i := range 1000 {
					id, err := w.Publish(0, uint64(i), []byte{byte(node), byte(i), byte(i >> 8)})
					if err != nil {
						r.Error(err)
						return
					}
					seen[id.Counter()].Add(1)
				}
			})
		}
		wg.Wait()
		r.equal("head", x.Head(0), 2000)
		for p := range seen {
			if n := seen[p].Load(); n != 1 {
				r.Errorf("position %d given %d times", p, n)
			}
			a, okA := r.read(x, netid64.Make(testKind, 1, uint64(p)))
			b, okB := r.read(x, netid64.Make(testKind, 2, uint64(p)))
			if okA == okB {
				r.Errorf("position %d: node 1 %v, node 2 %v", p, okA, okB)
			}
			for _, f := range []ring.Frame{a, b} {
				if f.ID != 0 && !bytes.Equal(f.Payload, []byte{byte(f.ID.Node()), byte(f.Version), byte(f.Version >> 8)}) {
					r.Errorf("position %d: payload %v of version %d", p, f.Payload, f.Version)
				}
			}
		}
	})
}

func TestFourThreadsSharingALaneWriterUseEveryPositionOnce(t *testing.T) {
	conform(t, shape(layout.Lane, 2, 256, 8), func(r rig) {
		x := r.ring()
		w := r.writer(x, 1)
		var mu sync.Mutex
		var wg sync.WaitGroup
		seen := make(map[uint64]int)
		for range 4 {
			wg.Go(func() {
				for range 64 {
					mu.Lock()
					id, err := w.Publish(0, 0, nil)
					seen[id.Counter()]++
					mu.Unlock()
					if err != nil {
						r.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for p := range uint64(256) {
			if seen[p] != 1 {
				r.Errorf("position %d given %d times", p, seen[p])
			}
		}
		r.equal("head", x.Head(1), 256)
	})
}

func TestABatchHasConsecutiveIdsAndReadsBack(t *testing.T) {
	conformBoth(t, 8, 8, func(r rig) {
		x := r.ring()
		w := r.writer(x, 2)
		c := r.cursor(x, ring.Oldest)
		r.publish(w, "first")
		var msgs []ring.Message
		for i := range 5 {
			msgs = append(msgs, ring.Message{Op: uint8(i), Version: uint64(i * 10), Payload: []byte{byte('a' + i)}})
		}
		first, n, err := w.PublishBatch(msgs)
		r.equal("batch", say(first, n, err), say(netid64.Make(testKind, 2, 1), 5, nil))
		r.equal("head", x.Head(laneOf(x, 2)), 6)
		r.equal("payloads", r.drain(x, c), []string{"first", "a", "b", "c", "d", "e"})
		f, _ := r.read(x, netid64.Make(testKind, 2, 4))
		r.equal("op and version", say(f.Op, f.Version), "3 30")
		first, n, err = w.PublishBatch(nil)
		r.equal("empty batch", say(first, n, err), say(netid64.Zero, 0, nil))
	})
}

func TestABatchLongerThanTheRing(t *testing.T) {
	msgs := make([]ring.Message, 11)
	for i := range msgs {
		msgs[i].Payload = []byte{byte('a' + i)}
	}
	t.Run("lane writes all of it", func(t *testing.T) {
		conform(t, shape(layout.Lane, 1, 4, 8), func(r rig) {
			x := r.ring()
			first, n, err := r.writer(x, 0).PublishBatch(msgs)
			r.equal("batch", say(first.Counter(), n, err), "0 11 <nil>")
			r.equal("head", x.Head(0), 11)
			r.equal("left", r.drain(x, r.cursor(x, ring.Oldest)), []string{"h", "i", "j", "k"})
		})
	})
	t.Run("shared writes a ring full", func(t *testing.T) {
		conform(t, shape(layout.Shared, 1, 4, 8), func(r rig) {
			x := r.ring()
			w := r.writer(x, 0)
			first, n, err := w.PublishBatch(msgs)
			r.equal("batch", say(first.Counter(), n, err), "0 4 <nil>")
			first, n, err = w.PublishBatch(msgs[n:])
			r.equal("rest", say(first.Counter(), n, err), "4 4 <nil>")
			r.equal("left", r.drain(x, r.cursor(x, ring.Oldest)), []string{"e", "f", "g", "h"})
		})
	})
}

func TestACursorFromTheStartReadsInOrderThenNothing(t *testing.T) {
	conformBoth(t, 8, 8, func(r rig) {
		x := r.ring()
		w := r.writer(x, 0)
		c := r.cursor(x, ring.Oldest)
		r.publish(w, "a", "b")
		r.equal("first", r.drain(x, c), []string{"a", "b"})
		r.equal("loss", c.Loss(), ring.Loss{})
		r.equal("next", c.Position(0), 2)
		r.equal("second", r.drain(x, c), []string(nil))
	})
}

func TestACursorAtHeadSeesOnlyWhatComesLater(t *testing.T) {
	conformBoth(t, 8, 8, func(r rig) {
		x := r.ring()
		w := r.writer(x, 0)
		r.publish(w, "old")
		c := r.cursor(x, ring.Now)
		r.publish(w, "new")
		r.equal("read", r.drain(x, c), []string{"new"})
		r.equal("next", c.Position(0), 2)
	})
}

func TestCapacityTwoAndThreeFramesLoseExactlyOne(t *testing.T) {
	conformBoth(t, 2, 8, func(r rig) {
		x := r.ring()
		w := r.writer(x, 0)
		c := r.cursor(x, ring.Oldest)
		r.publish(w, "1", "2", "3")
		frames := x.NewFrames(8)
		n, loss, err := c.Poll(frames)
		r.equal("poll", say(n, loss, err), say(2, ring.Loss{Overwritten: 1}, nil))
		r.equal("frames", string(frames[0].Payload)+string(frames[1].Payload), "23")
		r.equal("next", c.Position(0), 3)
		r.equal("total", c.Loss(), ring.Loss{Overwritten: 1})
	})
}

func TestStartsAreWhereTheySay(t *testing.T) {
	conformBoth(t, 4, 8, func(r rig) {
		x := r.ring()
		r.publish(r.writer(x, 0), "0", "1", "2", "3", "4", "5")
		for _, c := range []struct {
			from ring.Start
			pos  uint64
			want string
			loss ring.Loss
		}{
			{ring.Oldest, 2, "2345", ring.Loss{}},
			{ring.Now, 6, "", ring.Loss{}},
			{ring.Back(1), 5, "5", ring.Loss{}},
			{ring.Back(99), 2, "2345", ring.Loss{}},
			{ring.Back(0), 6, "", ring.Loss{}},
			{ring.At(4), 4, "45", ring.Loss{}},
			{ring.At(0), 0, "2345", ring.Loss{Overwritten: 2}},
			{ring.At(9), 9, "", ring.Loss{}},
		} {
			cur := r.cursor(x, c.from)
			r.equal(say(c.from, " position"), cur.Position(0), c.pos)
			r.equal(say(c.from, " frames"), strings.Join(r.drain(x, cur), ""), c.want)
			r.equal(say(c.from, " loss"), cur.Loss(), c.loss)
		}
	})
}

func TestOnePollDeliversNoMoreThanItsLimit(t *testing.T) {
	conformBoth(t, 64, 8, func(r rig) {
		x := r.ring()
		w := r.writer(x, 0)
		for range 50 {
			r.publish(w, "12345678")
		}
		c := r.cursor(x, ring.Oldest)
		n, _, err := c.Poll(x.NewFrames(7))
		r.equal("by frames", say(n, err), "7 <nil>")
		n = 0
		for range c.Frames(5) {
			n++
		}
		r.equal("by iterator", n, 5)
		n, _, err = c.Poll(nil)
		r.equal("no room", say(n, err), "0 <nil>")
		r.equal("position", c.Position(0), 12)
	})
}

func TestAReservedSlotIsPendingUntilItsCommit(t *testing.T) {
	conformBoth(t, 8, 8, func(r rig) {
		x := r.ring()
		w := r.writer(x, 1)
		c := r.cursor(x, ring.Oldest)
		res, err := w.Reserve(3)
		r.equal("reserve", err, nil)
		copy(res.Payload(), "abc")
		for range 3 {
			r.equal("while reserved", r.drain(x, c), []string(nil))
		}
		r.equal("position", c.Position(laneOf(x, 1)), 0)
		if _, ok := r.newest(x, laneOf(x, 1)); ok {
			r.Error("newest shows an uncommitted frame")
		}
		if _, err := w.Publish(0, 0, nil); !errors.Is(err, ring.ErrReserved) {
			r.Errorf("publish inside a reservation: %v", err)
		}
		id := res.ID()
		r.equal("commit", res.Commit(4, 5), nil)
		f, ok := r.read(x, id)
		r.equal("frame", say(ok, f.Op, f.Version, string(f.Payload)), "true 4 5 abc")
		r.equal("after commit", r.drain(x, c), []string{"abc"})
		r.equal("loss", c.Loss(), ring.Loss{})
		if err := res.Commit(4, 5); !errors.Is(err, ring.ErrClosed) {
			r.Errorf("second commit: %v", err)
		}
	})
}

func TestAnAbortedReservationLeavesAHoleInASharedRingAndNothingInALane(t *testing.T) {
	conformBoth(t, 8, 8, func(r rig) {
		x := r.ring()
		w := r.writer(x, 0)
		c := r.cursor(x, ring.Oldest)
		r.publish(w, "a")
		for range 2 {
			res, err := w.Reserve(8)
			r.equal("reserve", err, nil)
			res.Abort()
			res.Abort()
		}
		r.publish(w, "b")
		r.equal("frames", r.drain(x, c), []string{"a", "b"})
		holes := uint64(2)
		if x.Identity().Geometry.Topology == layout.Lane {
			holes = 0
		}
		r.equal("loss", c.Loss(), ring.Loss{Unavailable: holes})
		r.equal("next", c.Position(0), 2+holes)
	})
}

func TestALaneWriterThatDiesInsideASlotLeavesItToItsSuccessor(t *testing.T) {
	conform(t, shape(layout.Lane, 2, 4, 8), func(r rig) {
		x := r.ring()
		c := r.cursor(x, ring.Oldest)
		w := r.writer(x, 1)
		res, _ := w.Reserve(8)
		copy(res.Payload(), "half")
		w.Close()
		r.equal("head", x.Head(1), 0)
		r.equal("polled", r.drain(x, c), []string(nil))
		ids := r.publish(r.writer(x, 1), "whole")
		r.equal("counter", ids[0].Counter(), 0)
		r.equal("polled", r.drain(x, c), []string{"whole"})
		r.equal("loss", c.Loss(), ring.Loss{})
	})
}

func TestASharedWriterThatDiesInsideASlotCostsOneFrame(t *testing.T) {
	conform(t, shape(layout.Shared, 1, 4, 8), func(r rig) {
		x := r.ring()
		c := r.cursor(x, ring.Oldest)
		w := r.writer(x, 1)
		r.publish(w, "a")
		w.Reserve(8)
		w.Close()
		other := r.writer(x, 2)
		r.publish(other, "b")
		r.equal("polled", r.drain(x, c), []string{"a", "b"})
		r.equal("loss", c.Loss(), ring.Loss{Unavailable: 1})
		r.publish(other, "c", "d", "e", "f")
		r.equal("takeovers", other.Stats(), ring.WriterStats{Takeovers: 1})
		r.equal("polled", r.drain(x, c), []string{"c", "d", "e", "f"})
		r.equal("loss", c.Loss(), ring.Loss{Unavailable: 1})
	})
}

func TestANodeThatComesBackSweepsWhatItLeft(t *testing.T) {
	conform(t, shape(layout.Shared, 1, 4, 8), func(r rig) {
		x := r.ring()
		c := r.cursor(x, ring.Oldest)
		w := r.writer(x, 1)
		w.Reserve(8)
		w.Close()
		w = r.writer(x, 1)
		r.equal("stats", w.Stats(), ring.WriterStats{Swept: 1})
		r.publish(w, "b")
		r.equal("polled", r.drain(x, c), []string{"b"})
		r.equal("loss", c.Loss(), ring.Loss{Unavailable: 1})
	})
}

func TestAWriterInsideASlotIsLappedAndItsFrameNeverSurfaces(t *testing.T) {
	for _, capacity := range []uint64{2, 4, 8} {
		conform(t, shape(layout.Shared, 1, capacity, 8), func(r rig) {
			x := r.ring()
			slow, fast := r.writer(x, 1), r.writer(x, 2)
			c := r.cursor(x, ring.Now)
			c.SetStallLimit(0)
			res, err := slow.Reserve(8)
			r.equal("reserve", err, nil)
			copy(res.Payload(), "SLOW")
			const rounds = 5
			published := 0
			var delivered uint64
			for range rounds * capacity {
				r.publish(fast, "fast")
				published++
				for _, s := range r.drain(x, c) {
					delivered++
					if s != "fast" {
						r.Errorf("delivered %q", s)
					}
				}
			}
			copy(res.Payload(), "LATE")
			err = res.Commit(0, 0)
			var lapped *ring.LappedError
			if !errors.Is(err, ring.ErrLapped) || !errors.As(err, &lapped) || lapped.Lost != 1 || lapped.First != netid64.Make(testKind, 1, 0) {
				r.Errorf("commit: %v", err)
			}
			if f, ok := r.read(x, netid64.Make(testKind, 1, 0)); ok {
				r.Errorf("the lost frame is readable: %q", f.Payload)
			}
			r.equal("stats", slow.Stats(), ring.WriterStats{Lost: 1})
			holes := fast.Stats().Holes
			if holes == 0 {
				r.Error("no hole was declared")
			}
			head := x.Head(0)
			r.equal("head", head, uint64(published)+1+holes)
			r.publish(slow, "back")
			for _, s := range r.drain(x, c) {
				delivered++
				if s != "fast" && s != "back" {
					r.Errorf("delivered %q", s)
				}
			}
			r.equal("delivered + lost", delivered+c.Loss().Total(), c.Position(0))
			r.equal("delivered", delivered, uint64(published)+1)
			r.equal("loss", c.Loss(), ring.Loss{Unavailable: 1 + holes})
		})
	}
}

func TestAWriterGivesUpWhenStoppedOnesAreInsideEverySlot(t *testing.T) {
	conform(t, shape(layout.Shared, 1, 2, 8), func(r rig) {
		x := r.ring()
		a, b, c := r.writer(x, 1), r.writer(x, 2), r.writer(x, 3)
		ra, _ := a.Reserve(1)
		rb, _ := b.Reserve(1)
		if _, err := c.Publish(0, 0, nil); !errors.Is(err, ring.ErrAllStopped) {
			r.Errorf("publish: %v", err)
		}
		for _, res := range []*ring.Reservation{&ra, &rb} {
			if err := res.Commit(0, 0); !errors.Is(err, ring.ErrLapped) {
				r.Errorf("commit: %v", err)
			}
		}
		r.publish(c, "again")
		f, _ := r.newest(x, 0)
		r.equal("newest", string(f.Payload), "again")
	})
}

func TestANodeHasOneLiveWriter(t *testing.T) {
	conformBoth(t, 4, 8, func(r rig) {
		a, b := r.ring(), r.ring()
		w := r.writer(a, 3)
		for _, x := range []*ring.Ring{a, b} {
			_, err := x.Writer(3)
			var held *ring.NodeHeldError
			if !errors.Is(err, ring.ErrNodeHeld) || !errors.As(err, &held) || held.Node != 3 {
				r.Errorf("second writer: %v", err)
			}
		}
		w.Close()
		r.writer(b, 3)
	})
}

func TestANodeWithoutALaneIsRefused(t *testing.T) {
	conform(t, shape(layout.Lane, 4, 4, 8), func(r rig) {
		x := r.ring()
		_, err := x.Writer(4)
		var n *ring.NodeError
		if !errors.Is(err, ring.ErrNode) || !errors.As(err, &n) || n.Node != 4 || n.Lanes != 4 {
			r.Errorf("got %v", err)
		}
		f := x.NewFrame()
		if _, err := x.Newest(4, &f); !errors.Is(err, ring.ErrNode) {
			r.Errorf("newest of lane 4: %v", err)
		}
		if _, err := x.Newest(-1, &f); !errors.Is(err, ring.ErrNode) {
			r.Errorf("newest of lane -1: %v", err)
		}
	})
}

func TestResetRemovesAndCursorsSayHowMuch(t *testing.T) {
	conformBoth(t, 8, 8, func(r rig) {
		x := r.ring()
		w := r.writer(x, 0)
		behind := r.cursor(x, ring.Oldest)
		ids := r.publish(w, "a", "b", "c")
		read := r.cursor(x, ring.Oldest)
		r.equal("before", r.drain(x, read), []string{"a", "b", "c"})
		r.equal("reset", x.Reset(), nil)
		r.equal("floor", x.Floor(0), 3)
		if _, ok := r.newest(x, 0); ok {
			r.Error("newest survived")
		}
		if _, ok := r.read(x, ids[2]); ok {
			r.Error("a frame survived")
		}
		r.publish(w, "d")
		for _, c := range []*ring.Cursor{behind, read, r.cursor(x, ring.Oldest)} {
			r.equal("after", r.drain(x, c), []string{"d"})
		}
		r.equal("loss of the one behind", behind.Loss(), ring.Loss{Reset: 3})
		r.equal("loss of the one that had read", read.Loss(), ring.Loss{})
		f, _ := r.newest(x, 0)
		r.equal("newest", string(f.Payload), "d")
	})
}

func TestALaneCursorMergesFairlyAndCountsLossByLane(t *testing.T) {
	conform(t, shape(layout.Lane, 3, 4, 8), func(r rig) {
		x := r.ring()
		c := r.cursor(x, ring.Oldest)
		w0, w2 := r.writer(x, 0), r.writer(x, 2)
		for range 10 {
			r.publish(w0, "chatty")
		}
		r.publish(w2, "quiet")
		got := strings.Join(r.drain(x, c), " ")
		r.equal("frames", strings.Count(got, "chatty")*10+strings.Count(got, "quiet"), 41)
		r.equal("lane 0", c.LaneLoss(0), ring.Loss{Overwritten: 6})
		r.equal("lane 1", c.LaneLoss(1), ring.Loss{})
		r.equal("lane 2", c.LaneLoss(2), ring.Loss{})
		r.equal("lane 9", c.LaneLoss(9), ring.Loss{})
		r.equal("sum", c.Loss(), ring.Loss{Overwritten: 6})
	})
}

func TestAChattyLaneDoesNotKeepAQuietOneWaiting(t *testing.T) {
	conform(t, shape(layout.Lane, 2, 1024, 8), func(r rig) {
		x := r.ring()
		c := r.cursor(x, ring.Oldest)
		w0, w1 := r.writer(x, 0), r.writer(x, 1)
		for range 1000 {
			r.publish(w0, "chatty")
		}
		r.publish(w1, "quiet")
		f := x.NewFrame()
		for n := 1; ; n++ {
			ok, _ := c.Next(&f)
			if !ok || n > 200 {
				r.Fatal("the quiet node waited for the chatty one")
			}
			if f.ID.Node() == 1 {
				break
			}
		}
	})
}

func TestAShortBufferIsRefusedWithBothSizes(t *testing.T) {
	conformBoth(t, 4, 16, func(r rig) {
		x := r.ring()
		id := r.publish(r.writer(x, 0), "x")[0]
		c := r.cursor(x, ring.Oldest)
		short := ring.Frame{Payload: make([]byte, 15)}
		check := func(what string, err error) {
			r.Helper()
			var b *ring.BufferError
			if !errors.Is(err, ring.ErrShortBuffer) || !errors.As(err, &b) || b.Size != 15 || b.Need != 16 {
				r.Errorf("%s: %v", what, err)
			}
		}
		_, err := c.Next(&short)
		check("next", err)
		_, _, err = c.Poll([]ring.Frame{short, x.NewFrame()})
		check("poll", err)
		_, err = x.Newest(0, &short)
		check("newest", err)
		_, err = x.Read(id, &short)
		check("read", err)
		r.equal("position", c.Position(0), 0)
	})
}

func TestClosedHandlesReturnErrClosed(t *testing.T) {
	conformBoth(t, 4, 8, func(r rig) {
		x := r.ring()
		w, c := r.writer(x, 0), r.cursor(x, ring.Oldest)
		id := r.publish(w, "x")[0]
		f := x.NewFrame()
		r.equal("closed", x.Closed(), false)
		r.equal("close", x.Close(), nil)
		r.equal("close again", x.Close(), nil)
		_, errNewest := x.Newest(0, &f)
		_, errRead := x.Read(id, &f)
		_, errWriter := x.Writer(1)
		_, errCursor := x.Cursor(ring.Oldest)
		for i, err := range []error{errNewest, errRead, errWriter, errCursor, x.Reset()} {
			if !errors.Is(err, ring.ErrClosed) || !errors.Is(err, os.ErrClosed) {
				r.Errorf("call %d on a closed ring: %v", i, err)
			}
		}
		r.equal("closed", x.Closed(), true)
		r.equal("head", x.Head(0), 0)
		r.publish(w, "go on")
		r.equal("drained", r.drain(x, c), []string{"x", "go on"})
		r.equal("close writer", w.Close(), nil)
		r.equal("close writer again", w.Close(), nil)
		_, errPublish := w.Publish(0, 0, nil)
		_, _, errBatch := w.PublishBatch(make([]ring.Message, 1))
		_, errReserve := w.Reserve(1)
		r.equal("close cursor", c.Close(), nil)
		r.equal("close cursor again", c.Close(), nil)
		_, errNext := c.Next(&f)
		_, _, errPoll := c.Poll([]ring.Frame{f})
		for range c.Frames(1) {
			r.Error("a closed cursor yields")
		}
		for i, err := range []error{errPublish, errBatch, errReserve, errNext, errPoll, c.Wait(r.Context())} {
			if !errors.Is(err, ring.ErrClosed) {
				r.Errorf("call %d on a closed handle: %v", i, err)
			}
		}
	})
}

// poke sets head, and for a lane the word before it, as if so many frames had
// been published.
func poke(region ring.Region, head uint64) {
	g := region.Identity().Geometry
	b := region.Bytes()
	for lane := range g.Lanes {
		binary.LittleEndian.PutUint64(b[g.HeadOffset(lane):], head)
		word := layout.MakeWord(g.Lap(head-1), layout.Hole, uint16(lane))
		binary.LittleEndian.PutUint64(b[g.SlotOffset(lane, head-1):], uint64(word))
	}
}

func TestPositionsPassTwoToTheFortieth(t *testing.T) {
	conformBoth(t, 4, 8, func(r rig) {
		const start = 1<<40 - 3
		region := r.open()
		poke(region, start)
		x, err := ring.Open(region)
		r.equal("open", err, nil)
		r.Cleanup(func() { x.Close() })
		w, c := r.writer(x, 1), r.cursor(x, ring.Now)
		lane := laneOf(x, 1)
		for i := range uint64(6) {
			id := r.publish(w, say(i))[0]
			r.equal("counter", id.Counter(), (start+i)&netid64.CounterMask)
			for back := range min(i+1, 4) {
				f, ok := r.read(x, netid64.Make(testKind, 1, start+i-back))
				r.equal("read by id", say(ok, string(f.Payload)), say(true, i-back))
			}
			f, _ := r.newest(x, lane)
			r.equal("newest", string(f.Payload), say(i))
			r.equal("polled", r.drain(x, c), []string{say(i)})
		}
		r.equal("loss", c.Loss(), ring.Loss{})
		r.equal("head", x.Head(lane), uint64(start)+6)
	})
}

func TestTheLastPositionIsUsedAndThenTheLaneIsExhausted(t *testing.T) {
	conformBoth(t, 2, 8, func(r rig) {
		region := r.open()
		last := region.Identity().Geometry.MaxPosition()
		poke(region, last-3)
		x, err := ring.Open(region)
		r.equal("open", err, nil)
		r.Cleanup(func() { x.Close() })
		w, c := r.writer(x, 0), r.cursor(x, ring.Now)
		r.publish(w, "a", "b")
		_, n, err := w.PublishBatch(make([]ring.Message, 2))
		if x.Lanes() == 1 {
			r.equal("a shared batch stops at the end", say(n, err), "1 <nil>")
		} else {
			r.equal("a lane batch is all or nothing", say(n, errors.Is(err, ring.ErrExhausted)), "0 true")
			r.publish(w, "")
		}
		for range 3 {
			_, err := w.Publish(0, 0, nil)
			var e *ring.ExhaustedError
			if !errors.Is(err, ring.ErrExhausted) || !errors.As(err, &e) || e.Positions != last {
				r.Errorf("publish: %v", err)
			}
			if _, err := w.Reserve(0); !errors.Is(err, ring.ErrExhausted) {
				r.Errorf("reserve: %v", err)
			}
		}
		r.equal("left", r.drain(x, c), []string{"b", ""})
		r.equal("loss", c.Loss(), ring.Loss{Overwritten: 1})
	})
}

func TestHolesAreCountedAsUnavailable(t *testing.T) {
	conform(t, shape(layout.Shared, 1, 4, 8), func(r rig) {
		x := r.ring()
		w := r.writer(x, 0)
		c := r.cursor(x, ring.Oldest)
		r.publish(w, "frame")
		for range 2 {
			res, _ := w.Reserve(0)
			res.Abort()
		}
		n, loss, err := c.Poll(x.NewFrames(4))
		r.equal("poll", say(n, loss, err), say(1, ring.Loss{Unavailable: 2}, nil))
		r.equal("next", c.Position(0), 3)
	})
}

func TestHotCallsAllocateNothing(t *testing.T) {
	conformBoth(t, 64, 40, func(r rig) {
		x := r.ring()
		w, c := r.writer(x, 0), r.cursor(x, ring.Oldest)
		payload, f := make([]byte, 32), x.NewFrame()
		msgs := []ring.Message{{Payload: payload}, {Payload: payload}}
		frames := x.NewFrames(4)
		id := r.publish(w, "x")[0]
		for range c.Frames(1) {
		}
		for name, call := range map[string]func(){
			"publish": func() { id, _ = w.Publish(1, 2, payload) },
			"batch":   func() { w.PublishBatch(msgs) },
			"reserve": func() { res, _ := w.Reserve(8); res.Commit(1, 2) },
			"next":    func() { w.Publish(1, 2, payload); c.Next(&f) },
			"poll":    func() { w.Publish(1, 2, payload); c.Poll(frames) },
			"parts":   func() { w.PublishParts(1, 2, payload[:9], payload[9:]) },
			"match":   func() { w.Publish(1, 2, payload); c.NextMatch(1, 2, &f) },
			"empty":   func() { c.Poll(frames); c.Poll(frames) },
			"frames": func() {
				for range c.Frames(2) {
				}
			},
			"newest": func() { x.Newest(0, &f) },
			"read":   func() { x.Read(id, &f) },
		} {
			call()
			if n := testing.AllocsPerRun(100, call); n != 0 {
				r.Errorf("%s: %v allocations", name, n)
			}
		}
	})
}

func TestBadShapesAreRefusedBeforeAnythingExists(t *testing.T) {
	for name, id := range map[string]layout.Identity{
		"kind 0":           {Geometry: layout.Geometry{Topology: layout.Shared, Capacity: 4}},
		"capacity 0":       shape(layout.Shared, 1, 0, 8),
		"capacity 3":       shape(layout.Shared, 1, 3, 8),
		"overflow":         shape(layout.Lane, 65536, 1<<32, 1<<30),
		"beyond this host": shape(layout.Lane, 65536, 1<<16, 8192),
	} {
		if name == "beyond this host" && ^uint(0)>>32 != 0 {
			continue
		}
		if _, err := ring.New(id); !errors.Is(err, layout.ErrGeometry) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
