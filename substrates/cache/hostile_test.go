package cache_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

// exercise does everything with the cache: whatever it finds, it must come back,
// with an error that is known if there is one.
func exercise(t *testing.T, c *cache.Cache, keys []string) {
	t.Helper()
	buf := c.NewBuffer()
	var e cache.Entry
	for _, key := range keys {
		_, _, err := c.Get(key, buf)
		must(t, err)
		_, err = c.Read(key, &e)
		must(t, err)
		_, put := c.Put(key, []byte("value"), time.Hour)
		_, del := c.Delete(key)
		_, reset := c.Reset(key[:1])
		for _, err := range []error{put, del, reset} {
			switch {
			case err == nil, errors.Is(err, cache.ErrContended), errors.Is(err, ring.ErrCorrupt),
				errors.Is(err, ring.ErrExhausted), errors.Is(err, ring.ErrLapped), errors.Is(err, ring.ErrAllStopped):
			default:
				t.Fatal(err)
			}
		}
	}
}

// words yields values of all sorts for a word of the index or of a frame.
func odd(rng *rand.Rand) uint64 {
	switch rng.IntN(6) {
	case 0:
		return 0
	case 1:
		return ^uint64(0) - rng.Uint64N(3)
	case 2:
		return rng.Uint64N(64)
	case 3:
		return 1 << rng.IntN(64)
	case 4:
		return uint64(rng.Uint32()) << 32
	}
	return rng.Uint64()
}

func TestAnythingInTheIndexIsAMissAtWorst(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		rng := rand.New(rand.NewPCG(1, 2))
		c := openCache(t, f, cache.Options{Capacity: 16})
		keys := cache.Colliding(c, "k", 8)
		lengths, resets, buckets := cache.Words(c)
		buf := c.NewBuffer()
		images := fleettest.Images(t, 300)
		for range images {
			*lengths = odd(rng)
			for _, words := range [][]uint64{resets, buckets} {
				for i := range words {
					words[i] = odd(rng)
				}
			}
			for _, key := range keys {
				if value, ok, err := c.Get(key, buf); err != nil || ok && string(value) != "value" {
					t.Fatalf("%q %v", value, err)
				}
			}
			exercise(t, c, keys)
			for _, key := range keys {
				epoch, err := c.Put(key, []byte("value"), cache.Forever)
				must(t, err)
				has(t, c, key, "value", epoch)
			}
		}
		t.Logf("%d damaged images", images)
	})
}

func TestFramesThatAreNoneOfTheCachesAreAMiss(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		rng := rand.New(rand.NewPCG(3, 4))
		c := openCache(t, f, cache.Options{Capacity: 16})
		keys := cache.Colliding(c, "k", 8)
		a, err := fleettest.Sibling(t, f, 1).OpenReserved(cache.Kind, family(16, 256))
		must(t, err)
		_, resets, buckets := cache.Words(c)
		payload := make([]byte, 296)
		for range 20_000 {
			for i := range payload {
				payload[i] = byte(rng.Uint32())
			}
			for i := 0; i < 40; i += 8 { // links that lead somewhere
				payload[i] = byte(rng.IntN(20))
				copy(payload[i+1:i+4], []byte{0, 0, 0})
			}
			version := odd(rng)&^0xffff | rng.Uint64N(6)<<8 | rng.Uint64N(8)
			_, err := a.Publish(uint8(rng.IntN(5)), version, payload[:rng.IntN(len(payload)+1)])
			must(t, err)
			head := a.Ring().Head(0)
			buckets[rng.IntN(len(buckets))] = head - rng.Uint64N(min(head, 20))
			resets[rng.IntN(len(resets))] = head
			if head%64 == 0 {
				exercise(t, c, keys)
			}
		}
	})
}

func TestNoiseInTheWholeSegmentIsAMissAtWorst(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	f := fleettest.Shared(t, fleettest.Name(t), 2, 0)
	c := openCache(t, f, cache.Options{Capacity: 16})
	keys := cache.Colliding(c, "k", 8)
	name, err := shm.Name(f.Name(), cache.Kind)
	must(t, err)
	s, err := shm.Attach(name, shm.Options{})
	must(t, err)
	defer s.Close()
	mem := s.Bytes()[layout.HeaderSize:]
	for range 200 {
		for range 200 {
			mem[rng.IntN(len(mem))] = byte(rng.Uint32())
		}
		exercise(t, c, keys[:2])
	}
}
