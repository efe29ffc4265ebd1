package orbital_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

// proof says of itself whether it is whole.
type proof struct {
	N    uint64
	Copy [15]uint64
}

func (proof) OrbitKind() uint8 { return 46 }

func prove(n uint64) (p proof) {
	p.N = n
	for i := range p.Copy {
		p.Copy[i] = n + uint64(i)
	}
	return p
}

func TestALoadIsNeverTornAndNeverGoesBack(t *testing.T) {
	fleettest.Each(t, 3, func(t *testing.T, f *fleet.Fleet) {
		spec := fleet.Spec{Capacity: 8}
		must(t, f.Define(46, spec))
		o := newOrbital[proof](t, f)
		values, err := fleet.Of[proof](f)
		must(t, err)
		var done atomic.Bool
		var all sync.WaitGroup
		for node := 1; node <= 2; node++ {
			g := fleettest.Sibling(t, f, node)
			must(t, g.Define(46, spec))
			storer := newOrbital[proof](t, g)
			all.Go(func() {
				for n := uint64(0); !done.Load(); n++ {
					v := prove(n)
					if _, err := storer.Store(&v); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		changes, last := 0, uint64(0)
		var item fleet.Item[proof]
		for looks := 0; changes < 3000 && looks < 50_000_000; looks++ {
			ok, err := values.ReadHead(&item)
			if err != nil {
				t.Error(err)
				break
			}
			if !ok {
				continue
			}
			if item.Value != prove(item.Value.N) || item.ID.Counter() < last {
				t.Errorf("%+v after %d", item, last)
				break
			}
			if item.ID.Counter() > last {
				changes++
			}
			last = item.ID.Counter()
			if v, ok, err := o.Load(); err != nil || ok && v != prove(v.N) {
				t.Errorf("%+v %v", v, err)
				break
			}
		}
		done.Store(true)
		all.Wait()
		if changes == 0 || last < 8 {
			t.Errorf("%d changes, %d positions: nothing was shown", changes, last)
		}
	})
}
