package bridge

import (
	"testing"
	"time"

	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func caching(c Config, puts int) Config {
	c.Export = Export{Cache: []string{"user:*", "flag"}, CachePuts: puts}
	c.Import[0].Cache = []string{"user:*", "flag"}
	return c
}

func openCache(h *host) *cache.Cache {
	h.t.Helper()
	c, err := cache.Open(h.member, cache.Options{})
	fleettest.Must(h.t, err)
	return c
}

func put(t testing.TB, c *cache.Cache, key, value string) {
	t.Helper()
	_, err := c.Put(key, []byte(value), time.Hour)
	fleettest.Must(t, err)
}

// holds waits until the key has this value; "" is none.
func holds(t testing.TB, c *cache.Cache, key, value string) {
	t.Helper()
	until(t, key+" to be "+value, func() bool { return holdsNow(t, c, key) == value })
}

func holdsNow(t testing.TB, c *cache.Cache, key string) string {
	t.Helper()
	v, _, err := c.Get(key, c.NewBuffer())
	fleettest.Must(t, err)
	return string(v)
}

func TestDeletesAndResetsReachTheOtherHostsCache(t *testing.T) {
	both(t, func(t *testing.T, stream string) {
		s := startServer(t, nil)
		a, b := newHost(t, "a", 64), newHost(t, "b", 64)
		here, there := openCache(a), openCache(b)
		ca, cb := caching(a.config(s.url(), "b"), 0), caching(b.config(s.url(), "a"), 0)
		ca.Stream, cb.Stream = stream, stream
		run(t, ca)
		run(t, cb).hears(stream)
		for _, key := range []string{"user:1", "user:2", "flag", "other"} {
			put(t, there, key, "old")
		}
		put(t, here, "user:2", "new") // not exported
		_, err := here.Delete("user:1")
		fleettest.Must(t, err)
		holds(t, there, "user:1", "")
		if v := holdsNow(t, there, "user:2"); v != "old" {
			t.Errorf("a put travelled though none were to: %q", v)
		}
		_, err = here.Delete("other")
		fleettest.Must(t, err)
		_, err = here.Reset("") // concerns what was named, and that alone
		fleettest.Must(t, err)
		holds(t, there, "user:2", "")
		holds(t, there, "flag", "")
		if v := holdsNow(t, there, "other"); v != "old" {
			t.Errorf("a key that was not named was changed: %q", v)
		}
	})
}

func TestSmallPutsTravelAndLargeOnesAsDeletes(t *testing.T) {
	s := startServer(t, nil)
	a, b := newHost(t, "a", 64), newHost(t, "b", 64)
	here, there := openCache(a), openCache(b)
	run(t, caching(a.config(s.url(), "b"), 4))
	ba := run(t, caching(b.config(s.url(), "a"), 4))
	ba.hears("")
	put(t, here, "user:1", "tiny")
	holds(t, there, "user:1", "tiny")
	put(t, here, "user:1", "too large")
	holds(t, there, "user:1", "")
	put(t, here, "user:2", "back")
	holds(t, there, "user:2", "back")
	if n := ba.counter("exported_frames"); n != 0 {
		t.Errorf("%d imported changes were exported again", n)
	}
}

func TestAMissingChangeResetsWhatWasNamed(t *testing.T) {
	s := startServer(t, nil)
	a, b := newHost(t, "a", 64), newHost(t, "b", 64)
	here, there := openCache(a), openCache(b)
	link := startProxy(t, s)
	run(t, caching(a.config(s.url(), "b"), 0))
	ba := run(t, caching(b.config(link.url(), "a"), 0))
	ba.hears("")
	put(t, there, "user:1", "old")
	put(t, there, "other", "old")
	link.silence()
	_, err := here.Delete("user:1") // never arrives
	fleettest.Must(t, err)
	until(t, "the importer to notice", func() bool { return !ba.Connected() })
	link.cut()
	link.pass()
	holds(t, there, "user:1", "")
	if v := holdsNow(t, there, "other"); v != "old" {
		t.Errorf("a key that was not named was changed: %q", v)
	}
}
