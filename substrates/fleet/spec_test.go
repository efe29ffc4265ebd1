package fleet_test

import (
	"errors"
	"testing"

	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestTheDefaultRingIsSharedWith1024SlotsOf256Bytes(t *testing.T) {
	fleettest.Each(t, 3, func(t *testing.T, f *fleet.Fleet) {
		a, err := f.Family(7)
		must(t, err)
		g := a.Ring().Identity().Geometry
		if g.Topology != layout.Shared || g.Lanes != 1 || g.Capacity != 1024 || g.Payload != 256 || g.Aux != 0 {
			t.Errorf("%+v", g)
		}
		must(t, f.Define(8, fleet.Spec{Topology: fleet.Lane, Capacity: 8, Payload: 40, Stride: 128, Aux: 256}))
		if a, err = f.Family(8); err != nil {
			t.Fatal(err)
		}
		g = a.Ring().Identity().Geometry
		if g.Topology != layout.Lane || g.Lanes != 3 || g.Capacity != 8 || g.Payload != 40 || g.Stride != 128 || len(a.Ring().Aux()) != 256 {
			t.Errorf("%+v", g)
		}
	})
}

func TestMembersMustAgreeOnARing(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		must(t, f.Define(7, fleet.Spec{Topology: fleet.Lane, Capacity: 8, Payload: 40}))
		_, err := f.Publish(7, 0, 0, nil)
		must(t, err)
		g := fleettest.Sibling(t, f, 1)
		_, err = g.Publish(7, 0, 0, nil)
		refused(t, "another topology", err, "topology", "lane", "shared")
		for _, c := range []struct {
			s                 fleet.Spec
			field, have, want string
		}{
			{fleet.Spec{Topology: fleet.Lane, Capacity: 16, Payload: 40}, "capacity", "8", "16"},
			{fleet.Spec{Topology: fleet.Lane, Capacity: 8, Payload: 32}, "payload capacity", "40", "32"},
			{fleet.Spec{Topology: fleet.Lane, Capacity: 8, Payload: 40, Stride: 128}, "stride", "64", "128"},
			{fleet.Spec{Topology: fleet.Lane, Capacity: 8, Payload: 40, Aux: 128}, "aux", "0", "128"},
		} {
			h, err := f.Sibling(fleet.Auto)
			if errors.Is(err, fleet.ErrFull) {
				must(t, g.Close())
				h, err = f.Sibling(fleet.Auto)
			}
			must(t, err)
			must(t, h.Define(7, c.s))
			_, err = h.Publish(7, 0, 0, nil)
			refused(t, c.field, err, c.field, c.have, c.want)
			must(t, h.Close())
		}
	})
}

func TestOneMemberDefinesAKindOnce(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		must(t, f.Define(7, fleet.Spec{Capacity: 8}))
		must(t, f.Define(7, fleet.Spec{Capacity: 8, Payload: 256}))
		refused(t, "before it is open", f.Define(7, fleet.Spec{Capacity: 16}), "capacity", "8", "16")
		_, err := f.Family(7)
		must(t, err)
		must(t, f.Define(7, fleet.Spec{Capacity: 8}))
		refused(t, "once it is open", f.Define(7, fleet.Spec{Capacity: 16}), "capacity", "8", "16")
		if err := f.Define(8, fleet.Spec{Capacity: 3}); !errors.Is(err, layout.ErrGeometry) {
			t.Errorf("a capacity of 3: %v", err)
		}
		_, err = f.Publish(8, 0, 0, nil)
		must(t, err)
	})
}

// refused checks that err is a mismatch of this field and these values.
func refused(t *testing.T, what string, err error, field, have, want string) {
	t.Helper()
	detail, ok := errors.AsType[*layout.MismatchError](err)
	if !ok || detail.Field != field || detail.Have != have || detail.Want != want || !errors.Is(err, layout.ErrMismatch) {
		t.Errorf("%s: %v; want %s %s and %s", what, err, field, have, want)
	}
}
