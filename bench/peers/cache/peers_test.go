package cache

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/orbitring/orbit/ring/shm"
	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/fleet"
)

const (
	keyCount = 1 << 10
	size     = 64
)

// peer is a cache under test, filled with all keys.
type peer struct {
	name string
	get  func(key string, buf []byte) (value []byte, ok bool, err error)
	put  func(key string, value []byte) error
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func orbit(t testing.TB, name string, join func(fleet.Options) (*fleet.Fleet, error), ttl time.Duration) peer {
	f, err := join(fleet.Options{Size: 1})
	must(t, err)
	t.Cleanup(func() { must(t, f.Close()) })
	c, err := cache.Open(f, cache.Options{Capacity: 2 * keyCount, Size: 96})
	must(t, err)
	return peer{name, c.Get, func(key string, value []byte) error {
		_, err := c.Put(key, value, ttl)
		return err
	}}
}

// peers are all that can be had here.
func peers(t testing.TB) []peer {
	fleetName := fmt.Sprintf("peers-%d", os.Getpid())
	t.Cleanup(func() {
		found, err := shm.List(shm.Options{}, fleetName)
		must(t, err)
		for _, e := range found {
			must(t, shm.Remove(e.Name, shm.Options{}))
		}
	})
	local := func(o fleet.Options) (*fleet.Fleet, error) { return fleet.Join("peers", o) }
	shared := func(o fleet.Options) (*fleet.Fleet, error) { return fleet.JoinShared(fleetName, o) }
	plain := otter.Must(&otter.Options[string, []byte]{MaximumSize: 2 * keyCount})
	ending := otter.Must(&otter.Options[string, []byte]{
		MaximumSize: 2 * keyCount, ExpiryCalculator: otter.ExpiryWriting[string, []byte](time.Hour),
	})
	all := []peer{
		orbit(t, "orbit/memory=process/ttl=forever", local, cache.Forever),
		orbit(t, "orbit/memory=shared/ttl=forever", shared, cache.Forever),
		orbit(t, "orbit/memory=process/ttl=hour", local, time.Hour),
		inProcess("otter/ttl=forever", plain),
		inProcess("otter/ttl=hour", ending),
	}
	if r, ok := startRedis(t, filepath.Join(t.TempDir(), "redis.sock")); ok {
		all = append(all, peer{"redis/unix-socket", r.get, r.set})
	} else {
		fmt.Println("NOT MEASURED: redis-server is not installed (apt-get install redis-server)")
	}
	value := make([]byte, size)
	for _, p := range all {
		for _, key := range keys {
			must(t, p.put(key, value))
		}
	}
	return all
}

var keys = func() (keys []string) {
	for i := range keyCount {
		keys = append(keys, fmt.Sprintf("key-%012d", i))
	}
	return keys
}()

// inProcess copies the value into the caller's buffer, as the others do.
func inProcess(name string, c *otter.Cache[string, []byte]) peer {
	return peer{name,
		func(key string, buf []byte) ([]byte, bool, error) {
			value, ok := c.GetIfPresent(key)
			return append(buf[:0], value...), ok, nil
		},
		func(key string, value []byte) error {
			c.Set(key, append([]byte(nil), value...)) // it keeps what it is given
			return nil
		},
	}
}

func TestAllPeersGiveWhatWasPut(t *testing.T) {
	buf := make([]byte, 0, 256)
	for _, p := range peers(t) {
		for _, key := range keys {
			must(t, p.put(key, []byte(key)))
			value, ok, err := p.get(key, buf)
			if !ok || err != nil || string(value) != key {
				t.Errorf("%s: %q is %q %v %v", p.name, key, value, ok, err)
			}
			if value, ok, err = p.get("no-"+key, buf); ok || err != nil {
				t.Errorf("%s: %q, which was never put, is %q %v", p.name, "no-"+key, value, err)
			}
		}
	}
}

var word uint64

func BenchmarkPeers(b *testing.B) {
	all := peers(b)
	b.Run("lockedadd", func(b *testing.B) {
		for b.Loop() {
			atomic.AddUint64(&word, 1)
		}
	})
	value, buf := make([]byte, size), make([]byte, 0, 256)
	for _, p := range all {
		b.Run("op=get/"+p.name, func(b *testing.B) {
			b.ReportAllocs()
			at := 0
			for b.Loop() {
				at = (at*5 + 1) & (keyCount - 1)
				if _, ok, err := p.get(keys[at], buf); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
	}
	for _, p := range all {
		b.Run("op=put/"+p.name, func(b *testing.B) {
			b.ReportAllocs()
			at := 0
			for b.Loop() {
				at = (at*5 + 1) & (keyCount - 1)
				if err := p.put(keys[at], value); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
