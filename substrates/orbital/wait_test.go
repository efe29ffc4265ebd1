package orbital_test

import (
	"context"
	"errors"
	"testing"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestWaitReturnsTheNextChange(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		for _, topology := range []layout.Topology{fleet.Shared, fleet.Lane} {
			t.Run(topology.String(), func(t *testing.T) {
				kind := map[layout.Topology]uint8{fleet.Shared: 42, fleet.Lane: 43}[topology]
				g := fleettest.Sibling(t, f, 1)
				if err := errors.Join(f.Define(kind, fleet.Spec{Topology: topology}), g.Define(kind, fleet.Spec{Topology: topology})); err != nil {
					t.Fatal(err)
				}
				if kind == 42 {
					waitForEach(t, newOrbital[answer](t, f).WaitFrom, func(n uint64) (netid64.ID, error) {
						return newOrbital[answer](t, g).Store(&answer{n})
					}, func(v answer) uint64 { return v.N })
				} else {
					waitForEach(t, newOrbital[twin](t, f).WaitFrom, func(n uint64) (netid64.ID, error) {
						return newOrbital[twin](t, g).Store(&twin{n})
					}, func(v twin) uint64 { return v.N })
				}
			})
		}
	})
}

// waitForEach lets a waiter and a storer take turns: no change may be slept
// through.
func waitForEach[T any](t *testing.T, wait func(context.Context, uint16, *fleet.Item[T]) error,
	store func(uint64) (netid64.ID, error), number func(T) uint64) {
	const rounds = 200
	seen := make(chan uint64)
	failed := make(chan error, 1)
	go func() {
		var item fleet.Item[T]
		for range rounds {
			if err := wait(context.Background(), 1, &item); err != nil {
				failed <- err
				return
			}
			seen <- number(item.Value)
		}
	}()
	for n := range uint64(rounds) {
		if _, err := store(n); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-seen:
			if got != n {
				t.Fatalf("waited for %d, got %d", n, got)
			}
		case err := <-failed:
			t.Fatal(err)
		}
	}
}

func TestWaitTakesAnyValueAtFirstAndOnlyTheLatestThen(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		o := newOrbital[answer](t, f)
		for n := range uint64(3) {
			_, err := o.Store(&answer{n})
			must(t, err)
		}
		for _, after := range []netid64.ID{netid64.Zero, netid64.Make(42, 0, 0), netid64.Make(42, 0, 1)} {
			got := fleet.Item[answer]{ID: after}
			if err := o.Wait(context.Background(), &got); err != nil || got.Value.N != 2 || got.ID.Counter() != 2 {
				t.Errorf("after %v: %+v %v", after, got, err)
			}
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		o := newOrbital[answer](t, f)
		id, err := o.Store(&answer{1})
		must(t, err)
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() {
			item := fleet.Item[answer]{ID: id}
			err := o.Wait(ctx, &item)
			if item.ID != id {
				t.Errorf("item is %+v", item)
			}
			ended <- err
		}()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		must(t, f.Define(43, fleet.Spec{Topology: fleet.Lane}))
		if err := newOrbital[twin](t, f).Wait(context.Background(), new(fleet.Item[twin])); !errors.Is(err, fleet.ErrLanes) {
			t.Errorf("waiting for the latest of two lanes: %v", err)
		}
	})
}
