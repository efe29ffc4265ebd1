package cache_test

import (
	"testing"
	"time"

	"github.com/orbitring/orbit/internal/killpoint"
	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestMain(m *testing.M) {
	killpoint.Main()
	fleettest.Main(m, map[string]fleettest.Role{"member": member, "hammer": hammerRole, "idle": idle})
}

// must ends the test on an error.
func must(t interface {
	Helper()
	Fatal(...any)
}, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openCache(t testing.TB, f *fleet.Fleet, o cache.Options) *cache.Cache {
	t.Helper()
	c, err := cache.Open(f, o)
	must(t, err)
	return c
}

func put(t testing.TB, c *cache.Cache, key, value string) uint64 {
	t.Helper()
	return putFor(t, c, key, value, cache.Forever)
}

func putFor(t testing.TB, c *cache.Cache, key, value string, ttl time.Duration) uint64 {
	t.Helper()
	epoch, err := c.Put(key, []byte(value), ttl)
	must(t, err)
	return epoch
}

// has checks that a key has a value, by Get and by Read.
func has(t testing.TB, c *cache.Cache, key, value string, epoch uint64) {
	t.Helper()
	got, ok, err := c.Get(key, c.NewBuffer())
	must(t, err)
	var e cache.Entry
	hit, err := c.Read(key, &e)
	must(t, err)
	if !ok || !hit || string(got) != value || string(e.Value) != value || e.State != cache.Present || e.Epoch != epoch {
		t.Errorf("%q: %q %v, %+v; want %q of epoch %d", key, got, ok, e, value, epoch)
	}
}

// lacks checks that a key has no value, and why.
func lacks(t testing.TB, c *cache.Cache, key string, why cache.State, epoch uint64) {
	t.Helper()
	got, ok, err := c.Get(key, c.NewBuffer())
	must(t, err)
	var e cache.Entry
	hit, err := c.Read(key, &e)
	must(t, err)
	if ok || hit || got != nil || e.Value != nil || e.State != why || e.Epoch != epoch {
		t.Errorf("%q: %q %v, %+v; want %v of epoch %d", key, got, ok, e, why, epoch)
	}
}
