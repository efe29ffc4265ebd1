package fleet_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestNextIDsAscendByOneForEachKindAndNode(t *testing.T) {
	fleettest.Each(t, 3, func(t *testing.T, f *fleet.Fleet) {
		g := fleettest.Sibling(t, f, 2)
		answers, err := fleet.Of[answer](g)
		must(t, err)
		for want := range uint64(3) {
			a, err := answers.NextID()
			must(t, err)
			b, err := g.NextID(43)
			must(t, err)
			c, err := f.NextID(43)
			must(t, err)
			if a != netid64.Make(kindOfAnswers, 2, want) || b != netid64.Make(43, 2, want) || c != netid64.Make(43, 0, want) {
				t.Errorf("ids %v, %v, %v", a, b, c)
			}
		}
	})
}

func TestNextIDGoesOnWhenTheNodeComesBack(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		for want := range uint64(4) {
			g, err := f.Sibling(fleet.Node(1))
			must(t, err)
			id, err := g.NextID(7)
			must(t, err)
			if id != netid64.Make(7, 1, want) {
				t.Errorf("id %v in life %d", id, want)
			}
			must(t, g.Close())
		}
	})
}

func TestNextIDNeverRepeatsAmongGoroutines(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		const goroutines, each = 4, 500
		taken := make([][]netid64.ID, goroutines)
		var all sync.WaitGroup
		for i := range goroutines {
			all.Go(func() {
				for range each {
					id, err := f.NextID(7)
					if err != nil {
						t.Error(err)
					}
					taken[i] = append(taken[i], id)
				}
			})
		}
		all.Wait()
		for _, ids := range taken {
			if !slices.IsSorted(ids) {
				t.Error("ids of one goroutine do not ascend")
			}
		}
		ids := slices.Concat(taken...)
		slices.Sort(ids)
		if n := len(slices.Compact(ids)); n != goroutines*each {
			t.Errorf("%d different ids, want %d", n, goroutines*each)
		}
	})
}

func TestNextIDEndsBeforeItRepeats(t *testing.T) {
	f, err := fleet.Join("spent", fleet.Options{Size: 1})
	must(t, err)
	defer f.Close()
	fleet.SetNextID(f, 7, netid64.CounterMask)
	if id, err := f.NextID(7); err != nil || id != netid64.Make(7, 0, netid64.CounterMask) {
		t.Errorf("the last id: %v %v", id, err)
	}
	for range 2 {
		_, err := f.NextID(7)
		if detail, ok := errors.AsType[*fleet.SpentError](err); !ok || detail.Kind != 7 || !errors.Is(err, fleet.ErrSpent) {
			t.Errorf("past the last id: %v", err)
		}
	}
}
