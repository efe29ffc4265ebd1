package orbital_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
	"github.com/orbitring/orbit/substrates/orbital"
)

// join joins the fleet args[0] of size 4 as node 2.
func join(args []string) (*fleet.Fleet, *orbital.Orbital[answer], error) {
	f, err := fleet.JoinShared(args[0], fleet.Options{Size: 4, Node: fleet.Node(2)})
	if err != nil {
		return nil, nil, err
	}
	o, err := orbital.New[answer](f)
	return f, o, err
}

func loader(p *fleettest.Parent, args []string) error {
	f, o, err := join(args)
	if err != nil {
		return err
	}
	defer f.Close()
	got, ok, err := o.Load()
	p.Say("%#x %v shared %v", got.N, ok, f.IsShared())
	return err
}

func storer(p *fleettest.Parent, args []string) error {
	f, o, err := join(args)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := strconv.ParseUint(args[1], 0, 64)
	if err != nil {
		return err
	}
	id, err := o.Store(&answer{n})
	p.Say("%v", id)
	return err
}

func waiter(p *fleettest.Parent, args []string) error {
	f, o, err := join(args)
	if err != nil {
		return err
	}
	defer f.Close()
	p.Say("waiting")
	var got fleet.Item[answer]
	err = o.Wait(context.Background(), &got)
	p.Say("%d from %d", got.Value.N, got.ID.Node())
	return err
}

func TestAChildLoadsWhatItsParentStored(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 4, 0)
	_, err := newOrbital[answer](t, f).Store(&answer{0xCAFEF00D})
	must(t, err)
	c := fleettest.Start(t, "loader", f.Name())
	c.Expect("0xcafef00d true shared true")
	c.Leave()
}

func TestAParentLoadsWhatItsChildStoredBeforeItsExit(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 4, 0)
	c := fleettest.Start(t, "storer", f.Name(), "0xDEADBEEF")
	c.Expect("%v", netid64.Make(42, 2, 0))
	c.Leave()
	if got, ok, err := newOrbital[answer](t, f).Load(); err != nil || !ok || got.N != 0xDEADBEEF {
		t.Errorf("%+v %v %v", got, ok, err)
	}
}

func TestAStoreWakesAWaitingChild(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 4, 0)
	c := fleettest.Start(t, "waiter", f.Name())
	c.Expect("waiting")
	_, err := newOrbital[answer](t, f).Store(&answer{7})
	must(t, err)
	c.Expect("7 from 0")
	c.Leave()
}
