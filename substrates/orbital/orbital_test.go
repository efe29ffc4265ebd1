package orbital_test

import (
	"errors"
	"testing"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
	"github.com/orbitring/orbit/substrates/orbital"
)

func TestLoadIsAbsentBeforeTheFirstStoreAndThenTheLatest(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		o := newOrbital[answer](t, f)
		if got, ok, err := o.Load(); ok || err != nil || got != (answer{}) {
			t.Errorf("before: %+v %v %v", got, ok, err)
		}
		for _, n := range []uint64{42, 99} {
			_, err := o.Store(&answer{n})
			must(t, err)
			if got, ok, err := o.Load(); err != nil || !ok || got.N != n {
				t.Errorf("stored %d: %+v %v %v", n, got, ok, err)
			}
		}
	})
}

func TestStoredValuesAreLoadedByTheirIDs(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		o := newOrbital[answer](t, f)
		var ids [2]netid64.ID
		for i, n := range []uint64{7, 8} {
			id, err := o.Store(&answer{n})
			must(t, err)
			if id != netid64.Make(42, 0, uint64(i)) {
				t.Errorf("id %v of store %d", id, i)
			}
			ids[i] = id
		}
		for i, id := range ids {
			if got, ok, err := o.LoadByID(id); err != nil || !ok || got.N != uint64(7+i) {
				t.Errorf("%v: %+v %v %v", id, got, ok, err)
			}
		}
		if _, ok, err := o.LoadByID(netid64.Make(42, 0, 2)); ok || err != nil {
			t.Errorf("an id of the future: %v %v", ok, err)
		}
		if _, ok, err := o.LoadByID(netid64.Make(43, 0, 0)); ok || err != nil {
			t.Errorf("an id of another kind: %v %v", ok, err)
		}
	})
}

func TestTwoOrbitalsOfOneTypeSeeTheSame(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		a, b := newOrbital[answer](t, f), newOrbital[answer](t, f)
		for i, o := range []*orbital.Orbital[answer]{a, b, a} {
			_, err := o.Store(&answer{uint64(i)})
			must(t, err)
			for _, o := range []*orbital.Orbital[answer]{a, b} {
				if got, ok, err := o.Load(); err != nil || !ok || got.N != uint64(i) {
					t.Errorf("%+v %v %v", got, ok, err)
				}
			}
		}
	})
}

func TestTypesOfOneShapeAndDifferentKindsStayApart(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		a, b := newOrbital[answer](t, f), newOrbital[twin](t, f)
		_, err := a.Store(&answer{100})
		must(t, err)
		_, err = b.Store(&twin{200})
		must(t, err)
		if got, ok, err := a.Load(); err != nil || !ok || got.N != 100 {
			t.Errorf("%+v %v %v", got, ok, err)
		}
		if got, ok, err := b.Load(); err != nil || !ok || got.N != 200 {
			t.Errorf("%+v %v %v", got, ok, err)
		}
	})
}

func TestASharedRingHasOneLatestValueAndOneOfEachNode(t *testing.T) {
	fleettest.Each(t, 3, func(t *testing.T, f *fleet.Fleet) {
		must(t, f.Define(42, fleet.Spec{Capacity: 4}))
		g := fleettest.Sibling(t, f, 1)
		must(t, g.Define(42, fleet.Spec{Capacity: 4}))
		mine, theirs := newOrbital[answer](t, f), newOrbital[answer](t, g)
		_, err := theirs.Store(&answer{1})
		must(t, err)
		for n := range uint64(3) {
			_, err := mine.Store(&answer{100 + n})
			must(t, err)
		}
		if got, ok, err := theirs.Load(); err != nil || !ok || got.N != 102 {
			t.Errorf("latest: %+v %v %v", got, ok, err)
		}
		if got, ok, err := mine.LoadFrom(1); err != nil || !ok || got.N != 1 {
			t.Errorf("latest of node 1: %+v %v %v", got, ok, err)
		}
		if _, ok, err := mine.LoadFrom(2); ok || err != nil {
			t.Errorf("latest of node 2: %v %v", ok, err)
		}
		if _, _, err := mine.LoadFrom(3); !errors.Is(err, fleet.ErrNode) {
			t.Errorf("node 3 of 3: %v", err)
		}
		_, err = mine.Store(&answer{103})
		must(t, err)
		if _, ok, err := mine.LoadFrom(1); ok || err != nil {
			t.Errorf("what others pushed out: %v %v", ok, err)
		}
	})
}

func TestALaneRingHasALatestValueOfEachNode(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		g := fleettest.Sibling(t, f, 1)
		for _, m := range []*fleet.Fleet{f, g} {
			must(t, m.Define(42, fleet.Spec{Topology: fleet.Lane, Capacity: 2}))
		}
		mine, theirs := newOrbital[answer](t, f), newOrbital[answer](t, g)
		_, err := theirs.Store(&answer{1})
		must(t, err)
		for n := range uint64(10) {
			_, err := mine.Store(&answer{100 + n})
			must(t, err)
		}
		for node, want := range map[uint16]uint64{0: 109, 1: 1} {
			if got, ok, err := mine.LoadFrom(node); err != nil || !ok || got.N != want {
				t.Errorf("latest of node %d: %+v %v %v", node, got, ok, err)
			}
		}
		if _, _, err := mine.Load(); !errors.Is(err, fleet.ErrLanes) {
			t.Errorf("latest of two lanes: %v", err)
		}
	})
}

func TestAnOwnerStoresAloneUntilItIsClosed(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		o := newOrbital[answer](t, f)
		owner, err := o.Owner()
		must(t, err)
		_, err = owner.Store(&answer{5})
		must(t, err)
		if got, ok, err := o.Load(); err != nil || !ok || got.N != 5 {
			t.Errorf("%+v %v %v", got, ok, err)
		}
		if _, err := o.Store(&answer{6}); !errors.Is(err, fleet.ErrNodeHeld) {
			t.Errorf("store beside an owner: %v", err)
		}
		if _, err := o.Owner(); !errors.Is(err, fleet.ErrNodeHeld) {
			t.Errorf("a second owner: %v", err)
		}
		_, err = newOrbital[answer](t, fleettest.Sibling(t, f, 1)).Store(&answer{7})
		must(t, err)
		must(t, owner.Close())
		must(t, owner.Close())
		if _, err := owner.Store(&answer{8}); !errors.Is(err, fleet.ErrClosed) {
			t.Errorf("a closed owner: %v", err)
		}
		_, err = o.Store(&answer{9})
		must(t, err)
	})
}

type named struct {
	N    int
	Name string
}

func (named) OrbitKind() uint8 { return 44 }

func TestATypeThatCannotBeSharedIsRefusedByItsField(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		_, err := orbital.New[named](f)
		if detail, ok := errors.AsType[*fleet.ShapeError](err); !ok || detail.Field != "Name" {
			t.Error(err)
		}
		newOrbital[answer](t, f)
		must(t, f.Define(43, fleet.Spec{Payload: 16}))
		if _, err := orbital.New[twin](f); !errors.Is(err, layout.ErrMismatch) {
			t.Error(err)
		}
		must(t, f.Close())
		if _, err := orbital.New[answer](f); !errors.Is(err, fleet.ErrClosed) {
			t.Error(err)
		}
	})
}

func TestStoreAndLoadAllocateNothing(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		o := newOrbital[answer](t, f)
		v := answer{1}
		id, err := o.Store(&v)
		must(t, err)
		for what, do := range map[string]func(){
			"store":      func() { o.Store(&answer{v.N}) },
			"load":       func() { o.Load() },
			"load from":  func() { o.LoadFrom(0) },
			"load by id": func() { o.LoadByID(id) },
		} {
			if n := testing.AllocsPerRun(100, do); n != 0 {
				t.Errorf("%s allocates %v times", what, n)
			}
		}
		owner, err := o.Owner()
		must(t, err)
		defer owner.Close()
		if n := testing.AllocsPerRun(100, func() { owner.Store(&answer{v.N}) }); n != 0 {
			t.Errorf("an owner's store allocates %v times", n)
		}
	})
}

func TestAFrameThatIsNoTIsRefused(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		o := newOrbital[answer](t, f)
		id, err := f.Publish(42, 0, 0, []byte("half"))
		must(t, err)
		for what, load := range map[string]func() (answer, bool, error){
			"load":       o.Load,
			"load from":  func() (answer, bool, error) { return o.LoadFrom(0) },
			"load by id": func() (answer, bool, error) { return o.LoadByID(id) },
		} {
			v, ok, err := load()
			if detail, is := errors.AsType[*fleet.FrameError](err); ok || !is || detail.ID != id || v != (answer{}) {
				t.Errorf("%s: %+v %v %v", what, v, ok, err)
			}
		}
	})
}
