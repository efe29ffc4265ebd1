package fleet_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestIDsCountPositionsFrom0(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		for want := range uint64(3) {
			id, err := f.Publish(7, 0, 0, []byte("x"))
			must(t, err)
			if id != netid64.Make(7, 0, want) {
				t.Errorf("publish %d: id %v", want, id)
			}
		}
	})
}

func TestAFrameComesBackAsItWasPublished(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		id, err := f.Publish(7, 0, 7, []byte("some bytes"))
		must(t, err)
		got := *bufferOf(256)
		ok, err := f.Read(id, &got)
		if err != nil || !ok || got.ID != id || got.Op != 0 || got.Version != 7 || string(got.Payload) != "some bytes" {
			t.Errorf("%v %v %v", got, ok, err)
		}
		parsed, err := netid64.Parse(id.String())
		if err != nil || parsed != id {
			t.Errorf("%v by text is %v (%v)", id, parsed, err)
		}
	})
}

func TestReadingAKindThatNobodyPublishedIsAbsentAndCreatesNothing(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		got := *bufferOf(256)
		for range 2 {
			if ok, err := f.Read(netid64.Make(8, 0, 0), &got); ok || err != nil {
				t.Errorf("read: %v %v", ok, err)
			}
			if ok, err := f.ReadHead(8, &got); ok || err != nil {
				t.Errorf("read head: %v %v", ok, err)
			}
			if ok, err := f.ReadHeadOf(8, 1, &got); ok || err != nil {
				t.Errorf("read head of a node: %v %v", ok, err)
			}
		}
		// Had reading created it, this Spec would not match.
		g := fleettest.Sibling(t, f, 1)
		must(t, g.Define(8, fleet.Spec{Payload: 8}))
		_, err := g.Publish(8, 0, 0, nil)
		must(t, err)
		if _, err := f.ReadHead(8, &got); !errors.Is(err, layout.ErrMismatch) {
			t.Errorf("another Spec than the publisher's: %v", err)
		}
		must(t, g.Define(8, fleet.Spec{Payload: 8}))
	})
}

func TestAFullRingForgetsTheOldest(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		must(t, f.Define(7, fleet.Spec{Capacity: 4}))
		got := *bufferOf(256)
		for i := range 6 {
			_, err := f.Publish(7, 0, 0, fmt.Append(nil, i))
			must(t, err)
		}
		for i := range uint64(6) {
			ok, err := f.Read(netid64.Make(7, 0, i), &got)
			if err != nil || ok != (i >= 2) || ok && string(got.Payload) != fmt.Sprint(i) {
				t.Errorf("frame %d: %v %v %v", i, got, ok, err)
			}
		}
	})
}

func TestKindsDoNotMix(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		a, err := f.Publish(7, 0, 0, []byte("seven"))
		must(t, err)
		b, err := f.Publish(8, 0, 0, []byte("eight"))
		must(t, err)
		got := *bufferOf(256)
		for id, want := range map[netid64.ID]string{a: "seven", b: "eight"} {
			if ok, err := f.Read(id, &got); !ok || err != nil || string(got.Payload) != want {
				t.Errorf("%v: %v %v %v", id, got, ok, err)
			}
		}
		if a.Counter() != 0 || b.Counter() != 0 {
			t.Errorf("ids %v and %v", a, b)
		}
	})
}

func TestHeadMovesByOneAndIsReadable(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		a, err := f.Family(7)
		must(t, err)
		got := *bufferOf(256)
		if ok, err := f.ReadHead(7, &got); ok || err != nil {
			t.Errorf("an empty ring has a head: %v", err)
		}
		for want := range uint64(3) {
			if a.Ring().Head(0) != want {
				t.Errorf("head %d, want %d", a.Ring().Head(0), want)
			}
			id, err := f.Publish(7, 0, 0, fmt.Append(nil, want))
			must(t, err)
			ok, err := f.ReadHead(7, &got)
			if err != nil || !ok || got.ID != id || string(got.Payload) != fmt.Sprint(want) {
				t.Errorf("head is %v %v %v", got, ok, err)
			}
		}
	})
}

func TestNodesOfASharedRingHaveOneOrderAndANewestEach(t *testing.T) {
	fleettest.Each(t, 3, func(t *testing.T, f *fleet.Fleet) {
		g := fleettest.Sibling(t, f, 1)
		got := *bufferOf(256)
		_, err := g.Publish(7, 0, 0, []byte("quiet"))
		must(t, err)
		for i := range 100 {
			_, err := f.Publish(7, 0, uint64(i), []byte("chatty"))
			must(t, err)
		}
		if ok, err := g.ReadHead(7, &got); err != nil || !ok || got.ID != netid64.Make(7, 0, 100) {
			t.Errorf("head is %v %v %v", got, ok, err)
		}
		if ok, err := f.ReadHeadOf(7, 1, &got); err != nil || !ok || string(got.Payload) != "quiet" {
			t.Errorf("newest of node 1 is %v %v %v", got, ok, err)
		}
		if ok, err := f.ReadHeadOf(7, 2, &got); ok || err != nil {
			t.Errorf("node 2 never published: %v %v", ok, err)
		}
		if _, err := f.ReadHeadOf(7, 3, &got); !errors.Is(err, fleet.ErrNode) {
			t.Errorf("node 3 of 3: %v", err)
		}
	})
}

func TestNodesOfALaneRingHaveALaneEach(t *testing.T) {
	fleettest.Each(t, 3, func(t *testing.T, f *fleet.Fleet) {
		g := fleettest.Sibling(t, f, 1)
		for _, m := range []*fleet.Fleet{f, g} {
			must(t, m.Define(7, fleet.Spec{Topology: fleet.Lane, Capacity: 2}))
		}
		_, err := g.Publish(7, 0, 0, []byte("quiet"))
		must(t, err)
		for range 10 {
			_, err := f.Publish(7, 0, 0, []byte("chatty"))
			must(t, err)
		}
		got := *bufferOf(256)
		if ok, err := f.ReadHeadOf(7, 1, &got); err != nil || !ok || got.ID != netid64.Make(7, 1, 0) || string(got.Payload) != "quiet" {
			t.Errorf("newest of node 1 is %v %v %v", got, ok, err)
		}
		if _, err := f.ReadHead(7, &got); !errors.Is(err, fleet.ErrLanes) {
			t.Errorf("the newest of three lanes: %v", err)
		}
		if _, err := f.ReadHeadOf(7, 3, &got); !errors.Is(err, fleet.ErrNode) {
			t.Errorf("node 3 of 3: %v", err)
		}
	})
}

func TestAPayloadOverTheLimitIsRefusedAndNothingPublished(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		_, err := f.Publish(7, 0, 0, make([]byte, 257))
		detail, ok := errors.AsType[*ring.PayloadError](err)
		if !ok || detail.Size != 257 || detail.Limit != 256 {
			t.Errorf("257 bytes: %v", err)
		}
		if ok, err := f.ReadHead(7, bufferOf(256)); ok || err != nil {
			t.Errorf("something was published (%v)", err)
		}
		if _, err := f.ReadHead(7, bufferOf(255)); !errors.Is(err, ring.ErrShortBuffer) {
			t.Errorf("a buffer of 255 bytes: %v", err)
		}
		must(t, f.Define(8, fleet.Spec{Payload: fleet.NoPayload}))
		_, err = f.Publish(8, 0, 0, nil)
		must(t, err)
		if _, err := f.Publish(8, 0, 0, []byte{1}); !errors.Is(err, ring.ErrPayload) {
			t.Errorf("a byte where there is no payload: %v", err)
		}
	})
}

func TestManyGoroutinesOpenAndPublishAtOnce(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		const goroutines, kinds, frames = 8, 10, 20
		must(t, f.Define(3, fleet.Spec{Topology: fleet.Lane}))
		var all sync.WaitGroup
		for range goroutines {
			all.Go(func() {
				for range frames {
					for k := range uint8(kinds) {
						if _, err := f.Publish(k+1, 0, 0, []byte("x")); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		all.Wait()
		for k := range uint8(kinds) {
			a, err := f.Family(k + 1)
			must(t, err)
			if head := a.Ring().Head(0); head != goroutines*frames {
				t.Errorf("kind %d: head %d, want %d", k+1, head, goroutines*frames)
			}
		}
	})
}

func TestAWriterThatWasHandedOutIsTheOnlyOne(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		a, err := f.Family(7)
		must(t, err)
		_, err = a.Publish(0, 0, []byte("shared"))
		must(t, err)
		w, err := a.Writer()
		must(t, err)
		_, err = w.Publish(0, 0, []byte("own"))
		must(t, err)
		for what, err := range map[string]error{
			"publish": second(a.Publish(0, 0, nil)),
			"writer":  second(a.Writer()),
			"do":      a.Do(func(*ring.Writer) error { return nil }),
		} {
			lent, ok := errors.AsType[*fleet.LentError](err)
			if !ok || lent.Kind != 7 || lent.Node != 0 || !errors.Is(err, fleet.ErrNodeHeld) {
				t.Errorf("%s beside it: %v", what, err)
			}
		}
		must(t, w.Close())
		id, err := a.Publish(0, 0, []byte("shared again"))
		if err != nil || id.Counter() != 2 {
			t.Errorf("after it was closed: %v %v", id, err)
		}
		must(t, a.Do(func(w *ring.Writer) error {
			_, n, err := w.PublishBatch(make([]ring.Message, 5))
			if n != 5 {
				t.Errorf("%d of a batch of 5", n)
			}
			return err
		}))
	})
}

func TestAFrameThatWasLappedIsPublishedAgain(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		first, err := f.Publish(7, 0, 0, []byte("first"))
		must(t, err)
		a, err := f.Family(7)
		must(t, err)
		id, err := fleet.AfterLapped(a, []byte("again"))
		if err != nil || id.Counter() != first.Counter()+1 {
			t.Errorf("%v %v", id, err)
		}
		got := bufferOf(256)
		if ok, err := f.Read(id, got); !ok || err != nil || string(got.Payload) != "again" {
			t.Errorf("%v %v %v", got, ok, err)
		}
		if _, err := fleet.AfterLapped(a, make([]byte, 257)); !errors.Is(err, ring.ErrPayload) {
			t.Errorf("another error than lapped: %v", err)
		}
	})
}

func TestACursorOutlivesTheFleet(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		c, err := f.Cursor(7, ring.Oldest)
		must(t, err)
		_, err = f.Publish(7, 0, 0, []byte("last words"))
		must(t, err)
		must(t, f.Close())
		got := bufferOf(256)
		ok, err := c.Next(got)
		if err != nil || !ok || string(got.Payload) != "last words" {
			t.Errorf("%v %v %v", got, ok, err)
		}
		must(t, c.Close())
	})
}

func TestKindsThatAreNotTheUsersAreRefused(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		_, err := f.OpenReserved(220, fleet.Spec{})
		must(t, err)
		for _, kind := range []uint8{0, 192, 220, 255} {
			for what, err := range map[string]error{
				"publish": second(f.Publish(kind, 0, 0, nil)),
				"define":  f.Define(kind, fleet.Spec{}),
				"family":  second(f.Family(kind)),
				"cursor":  second(f.Cursor(kind, ring.Now)),
			} {
				detail, ok := errors.AsType[*fleet.KindError](err)
				if !ok || detail.Kind != kind || !errors.Is(err, fleet.ErrKind) || !strings.Contains(err.Error(), "191") {
					t.Errorf("%s of kind %d: %v", what, kind, err)
				}
			}
		}
		for _, kind := range []uint8{0, 7, 191, 255} {
			if _, err := f.OpenReserved(kind, fleet.Spec{}); !errors.Is(err, fleet.ErrKind) {
				t.Errorf("kind %d as a reserved one: %v", kind, err)
			}
		}
		if _, err := f.Read(netid64.Zero, bufferOf(256)); !errors.Is(err, fleet.ErrKind) {
			t.Errorf("an id of kind 0: %v", err)
		}
		if _, err := f.NextID(0); !errors.Is(err, fleet.ErrKind) {
			t.Errorf("an id of kind 0: %v", err)
		}
	})
}

// bufferOf returns a frame to read n bytes into.
func bufferOf(n int) *ring.Frame { return &ring.Frame{Payload: make([]byte, n)} }
