package fleet_test

import (
	"errors"
	"os"
	"strconv"
	"testing"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

// joinAs joins the fleet args[0] of size 4 as node args[1], or any for "auto".
func joinAs(args []string) (*fleet.Fleet, error) {
	o := fleet.Options{Size: 4}
	if n, err := strconv.Atoi(args[1]); err == nil {
		o.Node = fleet.Node(n)
	}
	return fleet.JoinShared(args[0], o)
}

// member joins and stays.
func member(p *fleettest.Parent, args []string) error {
	f, err := joinAs(args)
	if err != nil {
		return err
	}
	defer f.Close()
	p.Say("node %d", f.Node())
	p.Stay()
	return nil
}

// storer stores args[2].
func storer(p *fleettest.Parent, args []string) error {
	f, err := joinAs(args)
	if err != nil {
		return err
	}
	defer f.Close()
	answers, err := fleet.Of[answer](f)
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(args[2], 0, 64)
	if err != nil {
		return err
	}
	id, err := answers.Publish(0, 0, &answer{n})
	p.Say("%v shared %v", id, f.IsShared())
	return err
}

// loader says the newest value.
func loader(p *fleettest.Parent, args []string) error {
	f, err := joinAs(args)
	if err != nil {
		return err
	}
	defer f.Close()
	answers, err := fleet.Of[answer](f)
	if err != nil {
		return err
	}
	var got fleet.Item[answer]
	ok, err := answers.ReadHead(&got)
	p.Say("%#x %v shared %v", got.Value.N, ok, f.IsShared())
	return err
}

// takeIDs says a next id for every line it hears.
func takeIDs(p *fleettest.Parent, args []string) error {
	f, err := joinAs(args)
	if err != nil {
		return err
	}
	for _, ok := p.Hear(); ok; _, ok = p.Hear() {
		id, err := f.NextID(7)
		if err != nil {
			return err
		}
		p.Say("%v", id)
	}
	return nil
}

func TestAChildLoadsWhatItsParentStored(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 4, 0)
	answers, err := fleet.Of[answer](f)
	must(t, err)
	_, err = answers.Publish(0, 0, &answer{0xCAFEF00D})
	must(t, err)
	c := fleettest.Start(t, "loader", f.Name(), "2")
	c.Expect("0xcafef00d true shared true")
	c.Leave()
}

func TestAParentLoadsWhatItsChildStoredBeforeItsExit(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 4, 0)
	c := fleettest.Start(t, "storer", f.Name(), "2", "0xDEADBEEF")
	c.Expect("%v shared true", netid64.Make(kindOfAnswers, 2, 0))
	c.Leave()
	answers, err := fleet.Of[answer](f)
	must(t, err)
	var got fleet.Item[answer]
	if ok, err := answers.ReadHead(&got); err != nil || !ok || got.Value.N != 0xDEADBEEF || got.ID.Node() != 2 {
		t.Errorf("%+v %v %v", got, ok, err)
	}
}

func TestLeavingAndDyingLookTheSame(t *testing.T) {
	for how, end := range map[string]func(*fleettest.Child){"left": (*fleettest.Child).Leave, "killed": (*fleettest.Child).Kill} {
		t.Run(how, func(t *testing.T) {
			f := fleettest.Shared(t, fleettest.Name(t), 4, 0)
			c := fleettest.Start(t, "member", f.Name(), "auto")
			c.Expect("node 1")
			list, err := f.Members()
			if err != nil || len(list) != 2 || list[1].Node != 1 || list[1].PID == os.Getpid() {
				t.Fatalf("members %v (%v)", list, err)
			}
			if _, err := f.Sibling(fleet.Node(1)); !errors.Is(err, fleet.ErrNodeHeld) {
				t.Errorf("the node of a live child: %v", err)
			}
			end(c)
			if list, err = f.Members(); err != nil || len(list) != 1 {
				t.Errorf("members %v (%v)", list, err)
			}
			g := fleettest.Sibling(t, f, 1)
			if list, err = g.Members(); err != nil || len(list) != 2 || list[1].PID != os.Getpid() {
				t.Errorf("members %v (%v)", list, err)
			}
		})
	}
}

func TestADuplicateNodeIsRefusedInAChild(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 4, 3)
	c := fleettest.Start(t, "member", f.Name(), "3")
	c.Expect("error: orbit: node 3 of fleet %q is held by a live member: choose another, or wait until it leaves", f.Name())
	c.Kill()
}

func TestNextIDGoesOnAfterAKill(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 4, 0)
	want := uint64(0)
	for range 3 {
		c := fleettest.Start(t, "ids", f.Name(), "1")
		for range 5 {
			c.Say("next")
			c.Expect("%v", netid64.Make(7, 1, want))
			want++
		}
		c.Kill()
	}
}

func TestManyProcessesJoinAtOnce(t *testing.T) {
	name := fleettest.Name(t)
	f := fleettest.Shared(t, name, 4, 0)
	var children []*fleettest.Child
	for range 3 {
		children = append(children, fleettest.Start(t, "member", name, "auto"))
	}
	seen := map[string]bool{}
	for _, c := range children {
		seen[c.Hear()] = true
	}
	list, err := f.Members()
	if err != nil || len(list) != 4 || !seen["node 1"] || !seen["node 2"] || !seen["node 3"] {
		t.Errorf("members %v (%v), children %v", list, err, seen)
	}
	for _, c := range children {
		c.Leave()
	}
}
