package ring

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring/internal/futex"
	"github.com/orbitring/orbit/ring/layout"
)

func waitRing(t *testing.T, topology layout.Topology) *Ring {
	t.Helper()
	r, err := New(layout.Identity{Kind: 1, Geometry: layout.Geometry{Topology: topology, Lanes: 2, Capacity: 1024, Payload: 8}})
	if topology == layout.Shared {
		r, err = New(layout.Identity{Kind: 1, Geometry: layout.Geometry{Topology: topology, Capacity: 1024, Payload: 8}})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// withoutSlices makes a lost wake-up hang the test.
func withoutSlices(t *testing.T) {
	old := futex.Slice
	futex.Slice = 24 * time.Hour
	t.Cleanup(func() { futex.Slice = old })
}

func bounce(t *testing.T, r *Ring, s Strategy, rounds int) {
	t.Helper()
	var wg sync.WaitGroup
	for node := range uint16(2) {
		w, err := r.Writer(node)
		if err != nil {
			t.Fatal(err)
		}
		c, err := r.Cursor(Oldest)
		if err != nil {
			t.Fatal(err)
		}
		c.SetWait(s)
		defer w.Close()
		defer c.Close()
		wg.Go(func() {
			f := r.NewFrame()
			for i := range uint64(rounds) {
				if node == 0 {
					w.Publish(0, i, nil)
				}
				for {
					if err := c.Wait(context.Background()); err != nil {
						t.Error(err)
						return
					}
					if ok, _ := c.Next(&f); ok && f.ID.Node() != node {
						if f.Version != i {
							t.Errorf("node %d: got %d, want %d", node, f.Version, i)
							return
						}
						break
					}
				}
				if node == 1 {
					w.Publish(0, i, nil)
				}
			}
		})
	}
	wg.Wait()
}

func TestNoWakeUpIsLost(t *testing.T) {
	withoutSlices(t)
	for _, topology := range []layout.Topology{layout.Lane, layout.Shared} {
		for _, s := range []Strategy{Park, Auto, Yield, Spin} {
			t.Run(fmt.Sprint(topology, s), func(t *testing.T) {
				rounds := 3000
				if s == Spin {
					rounds = 300
				}
				bounce(t, waitRing(t, topology), s, rounds)
			})
		}
	}
}

func TestEveryRefusedCallMakesWaitingSlowerNotWrong(t *testing.T) {
	for _, f := range []futex.Feature{futex.Barrier, futex.WaitTwo, futex.Wait, futex.Barrier | futex.WaitTwo | futex.Wait} {
		t.Run(fmt.Sprint(f), func(t *testing.T) {
			futex.Refuse(f)
			defer futex.Allow(f)
			bounce(t, waitRing(t, layout.Lane), Park, 50)
			bounce(t, waitRing(t, layout.Shared), Park, 50)
			support := Parking()
			if f&futex.Wait != 0 && support.Futex || f&futex.WaitTwo != 0 && support.Cancel || f&futex.Barrier != 0 && support.Barrier {
				t.Errorf("Parking says %+v", support)
			}
			cancelled(t)
		})
	}
}

// cancelled parks a reader, cancels it, and wants it back.
func cancelled(t *testing.T) {
	t.Helper()
	r := waitRing(t, layout.Lane)
	c, _ := r.Cursor(Oldest)
	defer c.Close()
	c.SetWait(Park)
	ctx, cancel := context.WithCancel(t.Context())
	back := make(chan error)
	go func() { back <- c.Wait(ctx) }()
	time.Sleep(time.Millisecond) // lets it park; nothing depends on it
	cancel()
	if err := <-back; !errors.Is(err, context.Canceled) {
		t.Errorf("wait returned %v", err)
	}
}

func TestACancelledWaitReturnsWithoutASlice(t *testing.T) {
	withoutSlices(t)
	for range 20 {
		cancelled(t)
	}
}

func TestOnePublishWakesAllThatAreParked(t *testing.T) {
	withoutSlices(t)
	r := waitRing(t, layout.Shared)
	w, _ := r.Writer(0)
	defer w.Close()
	const readers, rounds = 8, 50
	got := make(chan uint64, readers)
	for range readers {
		c, _ := r.Cursor(Oldest)
		c.SetWait(Park)
		go func() {
			defer c.Close()
			f := r.NewFrame()
			for range rounds {
				if err := c.Wait(context.Background()); err != nil {
					t.Error(err)
				}
				c.Next(&f)
				got <- f.Version
			}
		}()
	}
	for i := range uint64(rounds) {
		w.Publish(0, i, nil)
		for range readers {
			if v := <-got; v != i {
				t.Fatalf("a reader got %d, want %d", v, i)
			}
		}
	}
}

func TestAReaderFindsAFrameWhosePublisherDiedBeforeTheWake(t *testing.T) {
	r := waitRing(t, layout.Lane)
	c, _ := r.Cursor(Oldest)
	defer c.Close()
	c.SetWait(Park)
	back := make(chan error)
	go func() { back <- c.Wait(context.Background()) }()
	time.Sleep(5 * time.Millisecond) // lets it park; nothing depends on it
	l := &r.lanes[1]
	if !l.casWord(0, 0, layout.MakeWord(1, layout.Committed, 1)) {
		t.Fatal("slot 0 was not free")
	}
	if err := <-back; err != nil {
		t.Error(err)
	}
	f := r.NewFrame()
	if ok, _ := c.Next(&f); !ok || f.ID.Node() != 1 {
		t.Errorf("got %v %v", f, ok)
	}
}

func TestAKilledReaderCostsOneNeedlessWake(t *testing.T) {
	r := waitRing(t, layout.Lane)
	w, _ := r.Writer(0)
	defer w.Close()
	*r.wait.waiters = 1 // what a reader leaves that is killed while parked
	w.Publish(0, 0, nil)
	if waiters, wake := *r.wait.waiters, *r.wait.wake; waiters != 0 || wake != 1 {
		t.Errorf("waiters %d, wake %d after one publish, want 0 and 1", waiters, wake)
	}
	w.Publish(0, 0, nil)
	if wake := *r.wait.wake; wake != 1 {
		t.Errorf("wake %d after two publishes, want 1", wake)
	}
}

func TestWaitPassesHolesAndCountsThem(t *testing.T) {
	r := waitRing(t, layout.Shared)
	w, _ := r.Writer(0)
	defer w.Close()
	c, _ := r.Cursor(Oldest)
	defer c.Close()
	res, _ := w.Reserve(0)
	res.Abort()
	w.Publish(0, 0, nil)
	if err := c.Wait(t.Context()); err != nil || c.Loss().Unavailable != 1 || c.Position(0) != 1 {
		t.Errorf("%v, loss %+v, position %d", err, c.Loss(), c.Position(0))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := r.NewFrame()
	c.Next(&f)
	if err := c.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
}
