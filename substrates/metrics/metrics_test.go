package metrics_test

import (
	"errors"
	"fmt"
	"log"
	"strings"
	"testing"
	"time"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
	"github.com/orbitring/orbit/substrates/metrics"
)

func TestMain(m *testing.M) {
	fleettest.Main(m, map[string]fleettest.Role{"measurer": measurer})
}

var must = fleettest.Must

type load struct{ Busy, Idle uint32 }

func (load) OrbitKind() uint8 { return 60 }

type named struct{ Name string }

func (named) OrbitKind() uint8 { return 61 }

func open(t testing.TB, f *fleet.Fleet, o metrics.Options) *metrics.Family[load] {
	t.Helper()
	m, err := metrics.Open[load](f, o)
	must(t, err)
	return m
}

// publish publishes with Busy = at.
func publish(t testing.TB, m *metrics.Family[load], at time.Duration, key uint64) netid64.ID {
	t.Helper()
	id, err := m.Publish(at, key, &load{Busy: uint32(at)})
	must(t, err)
	return id
}

func TestTheNewestSampleOfANodeIsRead(t *testing.T) {
	fleettest.Each(t, 3, func(t *testing.T, f *fleet.Fleet) {
		mine, theirs := open(t, f, metrics.Options{}), open(t, fleettest.Sibling(t, f, 1), metrics.Options{})
		publish(t, mine, 100, 1)
		id := publish(t, mine, 200, 2)
		publish(t, theirs, 150, 1)
		want := metrics.Sample[load]{ID: id, At: 200, Key: 2, Value: load{Busy: 200}}
		if got, ok, err := theirs.ByNode(0); err != nil || !ok || got != want || id != netid64.Make(60, 0, 1) {
			t.Errorf("%+v %v %v, want %+v", got, ok, err, want)
		}
		if _, ok, err := mine.ByNode(2); ok || err != nil {
			t.Errorf("node 2 measured nothing: %v %v", ok, err)
		}
		if _, _, err := mine.ByNode(3); !errors.Is(err, fleet.ErrNode) {
			t.Errorf("node 3 of 3: %v", err)
		}
	})
}

func TestTheNewestSampleOfAKeyIsReadAcrossNodes(t *testing.T) {
	fleettest.Each(t, 3, func(t *testing.T, f *fleet.Fleet) {
		mine, theirs := open(t, f, metrics.Options{}), open(t, fleettest.Sibling(t, f, 1), metrics.Options{})
		publish(t, mine, 100, 1)
		publish(t, theirs, 300, 1)
		publish(t, mine, 200, 1)
		publish(t, mine, 400, 2)
		for key, want := range map[uint64]struct {
			node uint16
			at   time.Duration
		}{1: {1, 300}, 2: {0, 400}} {
			if got, ok, err := mine.ByKey(key); err != nil || !ok || got.ID.Node() != want.node || got.At != want.at {
				t.Errorf("key %d: %+v %v %v", key, got, ok, err)
			}
		}
		if got, ok, err := theirs.ByNodeAndKey(0, 1); err != nil || !ok || got.At != 200 {
			t.Errorf("key 1 of node 0: %+v %v %v", got, ok, err)
		}
		if _, ok, err := mine.ByKey(3); ok || err != nil {
			t.Errorf("a key that nobody measured: %v %v", ok, err)
		}
		if _, _, err := mine.ByNodeAndKey(3, 1); !errors.Is(err, fleet.ErrNode) {
			t.Errorf("node 3 of 3: %v", err)
		}
	})
}

func TestFreshLeavesOutWhatIsOlderThanAnAge(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		mine, theirs := open(t, f, metrics.Options{}), open(t, fleettest.Sibling(t, f, 1), metrics.Options{})
		publish(t, mine, 100, 1)
		publish(t, mine, 500, 2)
		publish(t, mine, 600, 2)
		publish(t, theirs, 650, 1)
		publish(t, theirs, 2000, 9) // from the future
		got, err := mine.Fresh(1000, 400)
		must(t, err)
		var text []string
		for _, s := range got {
			text = append(text, fmt.Sprintf("%d/%d@%d", s.ID.Node(), s.Key, s.At))
		}
		if strings.Join(text, " ") != "0/2@600 1/9@2000 1/1@650" {
			t.Errorf("%v", text)
		}
	})
}

func TestAnOldSampleOfAKeyDoesNotComeUpForAStaleOne(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		m := open(t, f, metrics.Options{})
		publish(t, m, 900, 1)
		publish(t, m, 100, 1) // newest by order, stale by its own clock
		if got, err := m.Fresh(1000, 400); err != nil || len(got) != 0 {
			t.Errorf("%+v %v", got, err)
		}
	})
}

func TestAChattyNodeDoesNotPushOutAQuietOne(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		o := metrics.Options{Capacity: 4}
		mine, theirs := open(t, f, o), open(t, fleettest.Sibling(t, f, 1), o)
		publish(t, theirs, 1, 7)
		for i := range 100 {
			publish(t, mine, time.Duration(i), uint64(i))
		}
		if got, ok, err := mine.ByKey(7); err != nil || !ok || got.ID.Node() != 1 {
			t.Errorf("%+v %v %v", got, ok, err)
		}
		got, err := mine.Fresh(100, 1000)
		if err != nil || len(got) != 5 || got[0].Key != 99 || got[3].Key != 96 {
			t.Errorf("%+v %v", got, err)
		}
	})
}

func TestMembersMustAgreeOnTypeAndCapacity(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		open(t, f, metrics.Options{})
		open(t, f, metrics.Options{})
		_, err := metrics.Open[load](fleettest.Sibling(t, f, 1), metrics.Options{Capacity: 512})
		if detail, ok := errors.AsType[*layout.MismatchError](err); !ok || detail.Have != "256" || detail.Want != "512" {
			t.Errorf("another capacity: %v", err)
		}
		_, err = fleet.Of[load](f)
		if !errors.Is(err, layout.ErrMismatch) {
			t.Errorf("plain values where there are samples: %v", err)
		}
		_, err = metrics.Open[named](f, metrics.Options{})
		if detail, ok := errors.AsType[*fleet.ShapeError](err); !ok || detail.Field != "Value.Name" {
			t.Errorf("a type that cannot be shared: %v", err)
		}
	})
}

func TestAClosedFleetSaysSo(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		m := open(t, f, metrics.Options{})
		must(t, f.Close())
		_, publish := m.Publish(0, 0, &load{})
		_, _, byNode := m.ByNode(0)
		_, _, byKey := m.ByKey(0)
		_, fresh := m.Fresh(0, 0)
		_, open := metrics.Open[load](f, metrics.Options{})
		for what, err := range map[string]error{"publish": publish, "by node": byNode, "by key": byKey, "fresh": fresh, "open": open} {
			if !errors.Is(err, fleet.ErrClosed) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestPublishingAndReadingAllocateNothing(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		m := open(t, f, metrics.Options{})
		publish(t, m, 1, 1)
		v := load{1, 2}
		for what, do := range map[string]func(){
			"publish": func() { m.Publish(1, 1, &v) },
			"by node": func() { m.ByNode(0) },
			"by key":  func() { m.ByKey(1) },
		} {
			if n := testing.AllocsPerRun(100, do); n != 0 {
				t.Errorf("%s allocates %v times", what, n)
			}
		}
	})
}

// measurer joins the fleet args[0] of size 2 as node 1, publishes one sample and
// stays.
func measurer(p *fleettest.Parent, args []string) error {
	f, err := fleet.JoinShared(args[0], fleet.Options{Size: 2, Node: fleet.Node(1)})
	if err != nil {
		return err
	}
	m, err := metrics.Open[load](f, metrics.Options{})
	if err != nil {
		return err
	}
	id, err := m.Publish(123, 5, &load{Busy: 3, Idle: 4})
	p.Say("%v", id)
	p.Stay()
	return err
}

func TestASampleOutlivesTheProcessThatMadeIt(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 2, 0)
	c := fleettest.Start(t, "measurer", f.Name())
	c.Expect("60:1:0")
	c.Kill()
	got, ok, err := open(t, f, metrics.Options{}).ByKey(5)
	if err != nil || !ok || got.At != 123 || got.Value != (load{3, 4}) || got.ID.Node() != 1 {
		t.Errorf("%+v %v %v", got, ok, err)
	}
}

func BenchmarkPublish(b *testing.B) {
	f, err := fleet.Join("bench", fleet.Options{Size: 1})
	must(b, err)
	defer f.Close()
	m := open(b, f, metrics.Options{})
	v := load{1, 2}
	b.ReportAllocs()
	for b.Loop() {
		m.Publish(1, 1, &v)
	}
}

// BenchmarkByKey looks for a key among 32 of one node.
func BenchmarkByKey(b *testing.B) {
	f, err := fleet.Join("bench", fleet.Options{Size: 1})
	must(b, err)
	defer f.Close()
	m := open(b, f, metrics.Options{})
	for i := range 256 {
		publish(b, m, time.Duration(i), uint64(i%32))
	}
	b.ReportAllocs()
	key := uint64(0)
	for b.Loop() {
		m.ByKey(key)
		key = (key + 1) % 32
	}
}

// Latency names the kind of its samples.
type Latency struct{ P50, P99 uint32 }

func (Latency) OrbitKind() uint8 { return 31 }

// Workers of a service would call JoinShared, each in its own process.
func Example() {
	const search, checkout = 1, 2
	f, err := fleet.Join("shop", fleet.Options{Size: 4, Node: fleet.Node(3)})
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	latency, err := metrics.Open[Latency](f, metrics.Options{})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := latency.Publish(1*time.Second, checkout, &Latency{P50: 80, P99: 900}); err != nil {
		log.Fatal(err)
	}
	if _, err := latency.Publish(2*time.Second, search, &Latency{P50: 15, P99: 40}); err != nil {
		log.Fatal(err)
	}

	s, ok, err := latency.ByKey(checkout)
	fmt.Println("node", s.ID.Node(), "p99", s.Value.P99, ok, err)
	fresh, err := latency.Fresh(5*time.Second, 3*time.Second)
	fmt.Println(len(fresh), "fresh, key", fresh[0].Key, err)
	// Output:
	// node 3 p99 900 true <nil>
	// 1 fresh, key 1 <nil>
}
