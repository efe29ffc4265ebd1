package bridge

import (
	"testing"

	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
	"github.com/orbitring/orbit/substrates/orbital"
)

type price struct{ Cents, Stamp int64 }

func (price) OrbitKind() uint8 { return 7 }

// weight is what a fleet has that was built from other sources.
type weight struct{ Grams int64 }

func (weight) OrbitKind() uint8 { return 7 }

func pricing(c Config) Config {
	c.Export = Export{Kinds: []uint8{7}}
	c.Import[0].Kinds = []uint8{7}
	return c
}

func TestTheLatestValueReachesTheOtherHostAndStaysThere(t *testing.T) {
	s := startServer(t, nil)
	a, b := newHost(t, "a", 64), newHost(t, "b", 64)
	here, err := orbital.New[price](a.member)
	fleettest.Must(t, err)
	there, err := orbital.New[price](b.member)
	fleettest.Must(t, err)
	ab, ba := run(t, pricing(a.config(s.url(), "b"))), run(t, pricing(b.config(s.url(), "a")))
	arrives := func(cents int64) {
		t.Helper()
		until(t, "the value", func() bool {
			v, ok, err := there.LoadFrom(mappedNodes.First)
			fleettest.Must(t, err)
			return ok && v == price{Cents: cents, Stamp: -cents}
		})
	}
	for cents := range int64(1000) {
		_, err := here.Store(&price{Cents: cents, Stamp: -cents})
		fleettest.Must(t, err)
	}
	arrives(999)
	published := ba.counter("imported_frames")
	if published > 1000 {
		t.Errorf("1000 values became %d", published)
	}
	dropped := ba.counter("import_duplicates")
	until(t, "repeats", func() bool { return ba.counter("import_duplicates") >= dropped+3 })
	if n := ba.counter("imported_frames"); n != published {
		t.Errorf("repeats were published %d times", n-published)
	}

	// A newer value of this host stays the latest, also past a new bridge.
	_, err = there.Store(&price{Cents: 5})
	fleettest.Must(t, err)
	ba.end()
	again := run(t, pricing(b.config(s.url(), "a")))
	until(t, "repeats for the new bridge", func() bool { return again.counter("import_duplicates") >= 3 })
	if v, _, err := there.Load(); err != nil || v.Cents != 5 {
		t.Errorf("the latest value is %v, %v: an older one came over it", v, err)
	}
	// What was imported does not travel back, what was stored there does.
	until(t, "the value of the other host", func() bool {
		v, ok, err := here.LoadFrom(mappedNodes.First)
		return err == nil && ok && v.Cents == 5
	})
	if n := ab.counter("imported_frames"); n != 1 {
		t.Errorf("%d values came from a host that stored one", n)
	}
}

func TestAKindOfAnotherTypeIsRefusedAndOneThatIsNotThereIsAwaited(t *testing.T) {
	s := startServer(t, nil)
	a, b, c := newHost(t, "a", 64), newHost(t, "b", 64), newHost(t, "c", 64)
	prices, err := orbital.New[price](a.member)
	fleettest.Must(t, err)
	weights, err := orbital.New[weight](b.member)
	fleettest.Must(t, err)
	_, err = prices.Store(&price{Cents: 1})
	fleettest.Must(t, err)
	run(t, pricing(a.config(s.url(), "b")))
	wrong, early := run(t, pricing(b.config(s.url(), "a"))), run(t, pricing(c.config(s.url(), "a")))
	for _, r := range []*running{wrong, early} {
		until(t, "the refusal", func() bool { return r.counter("import_type_mismatch") >= 3 })
		if n := r.counter("imported_frames"); n != 0 {
			t.Errorf("%d values were published in spite of it", n)
		}
	}
	if _, ok, err := weights.LoadFrom(mappedNodes.First); ok || err != nil {
		t.Errorf("something was published into a kind of another type: %v, %v", ok, err)
	}
	later, err := fleet.Of[price](c.member)
	fleettest.Must(t, err)
	var got fleet.Item[price]
	until(t, "the value, now that its kind is there", func() bool {
		ok, err := later.ReadHeadOf(mappedNodes.First, &got)
		return ok && err == nil && got.Value.Cents == 1
	})
}
