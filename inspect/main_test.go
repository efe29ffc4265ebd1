package inspect_test

import (
	"strconv"
	"testing"

	"github.com/orbitring/orbit/inspect"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
	"github.com/orbitring/orbit/substrates/heartbeat"
)

func TestMain(m *testing.M) { fleettest.Main(m, roles) }

var roles = map[string]fleettest.Role{"inside": inside}

var must = fleettest.Must

// kinds of the tests
const (
	shared = 1
	lane   = 2
)

// specs are what both sides of a test define.
func define(f *fleet.Fleet) error {
	if err := f.Define(shared, fleet.Spec{Capacity: 64, Payload: 40}); err != nil {
		return err
	}
	return f.Define(lane, fleet.Spec{Topology: fleet.Lane, Capacity: 64, Payload: 40})
}

// inside joins as node args[1] of size 4 and stays inside a slot of kind args[2].
func inside(p *fleettest.Parent, args []string) error {
	node, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	f, err := fleet.JoinShared(args[0], fleet.Options{Size: 4, Node: fleet.Node(node)})
	if err != nil {
		return err
	}
	if err := define(f); err != nil {
		return err
	}
	kind, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	a, err := f.Family(uint8(kind))
	if err != nil {
		return err
	}
	w, err := a.Writer()
	if err != nil {
		return err
	}
	if _, err := w.Reserve(8); err != nil {
		return err
	}
	p.Say("inside")
	p.Stay()
	return nil
}

// busy is a fleet of four with node 0 here and traffic in every sort of ring.
func busy(t *testing.T) *fleet.Fleet {
	t.Helper()
	f := fleettest.Shared(t, fleettest.Name(t), 4, 0)
	must(t, define(f))
	for kind := uint8(shared); kind <= lane; kind++ {
		a, err := f.Family(kind)
		must(t, err)
		for i := range 10 {
			_, err := a.Publish(uint8(i), uint64(i), []byte("payload "+strconv.Itoa(i)))
			must(t, err)
		}
	}
	bus, err := event.Open(f, event.Options{})
	must(t, err)
	_, err = bus.Publish("orders", []byte("paid 17"))
	must(t, err)
	hearts, err := heartbeat.Open(f, heartbeat.Options{})
	must(t, err)
	_, err = hearts.Beat(fleet.Now(), 42)
	must(t, err)
	return f
}

// everywhere is where the tests' segments are.
var everywhere = inspect.Place{UID: inspect.Everyone}

// source opens the one ring that args name.
func source(t *testing.T, args ...string) *inspect.Source {
	t.Helper()
	found, err := everywhere.Find(args)
	must(t, err)
	if len(found) != 1 {
		t.Fatalf("%v: found %d", args, len(found))
	}
	s, err := inspect.Open(found[0])
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func family(t *testing.T, f *fleet.Fleet, kind uint8) *fleet.Family {
	t.Helper()
	a, err := f.Family(kind)
	must(t, err)
	return a
}
