package cache_test

import (
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

var word uint64

// lockedAdd measures an uncontended locked add, in ns.
func lockedAdd() float64 {
	const n = 1 << 20
	begin := time.Now()
	for range n {
		atomic.AddUint64(&word, 1)
	}
	return float64(time.Since(begin)) / n
}

// run benchmarks do, and says also how many locked adds it takes: those of the
// moment before and after.
func run(b *testing.B, name string, do func(i int) error) {
	b.Run(name, func(b *testing.B) {
		floor := lockedAdd()
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if err := do(i); err != nil {
				b.Fatal(err)
			}
		}
		ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
		floor = (floor + lockedAdd()) / 2
		b.ReportMetric(floor, "ns/lockedadd")
		b.ReportMetric(ns/floor, "lockedadds/op")
	})
}

// filled is a cache that has come around once, with its keys, oldest first.
func filled(b *testing.B, f *fleet.Fleet, capacity int, ttl time.Duration) (*cache.Cache, []string) {
	c := openCache(b, f, cache.Options{Capacity: uint64(capacity), Size: 96})
	value := make([]byte, 64)
	keys := make([]string, 2*capacity)
	for i := range keys {
		keys[i] = fmt.Sprintf("key-%012d", i)
		_, err := c.Put(keys[i], value, ttl)
		must(b, err)
	}
	return c, keys[capacity:]
}

// sample is how many keys a benchmark goes through: enough to meet buckets with
// one key and with more, few enough to stay in the CPU's caches.
const sample = 64

// get benchmarks looking up the first sample of keys, or all in a mixed order.
func get(b *testing.B, name string, c *cache.Cache, keys []string, want bool) {
	buf := c.NewBuffer()
	at := 0
	run(b, name, func(int) error {
		at = (at*5 + 1) & (len(keys) - 1)
		if _, ok, err := c.Get(keys[at], buf); ok != want || err != nil {
			return fmt.Errorf("%q: %v %v", keys[at], ok, err)
		}
		return nil
	})
}

func absent() (keys []string) {
	for i := range sample {
		keys = append(keys, fmt.Sprintf("no-key-%09d", i))
	}
	return keys
}

var capacities = []int{1 << 10, 1 << 14, 1 << 18}

// BenchmarkGet looks up values of 64 bytes: in process memory, and in shared
// memory with other processes attached.
func BenchmarkGet(b *testing.B) {
	gets := func(b *testing.B, f *fleet.Fleet, capacity int) {
		c, keys := filled(b, f, capacity, cache.Forever)
		get(b, "keys=newest", c, keys[capacity-sample:], true)
		get(b, "keys=oldest", c, keys[:sample], true)
		get(b, "keys=absent", c, absent(), false)
		get(b, "keys=all", c, keys, true)
	}
	for _, capacity := range capacities {
		b.Run("memory=process/capacity="+strconv.Itoa(capacity), func(b *testing.B) {
			f, err := fleet.Join("bench", fleet.Options{Size: 1})
			must(b, err)
			defer f.Close()
			gets(b, f, capacity)
		})
	}
	for _, capacity := range capacities {
		for _, processes := range []int{1, 4, 16} {
			b.Run(fmt.Sprintf("memory=shared/capacity=%d/processes=%d", capacity, processes), func(b *testing.B) {
				f := fleettest.Shared(b, fleettest.Name(b), 32, 0)
				for node := 1; node < processes; node++ {
					child := fleettest.Start(b, "idle", f.Name(), fmt.Sprint(node), fmt.Sprint(capacity))
					if line := child.Hear(); line != "ready" {
						b.Fatal(line)
					}
					defer child.Leave()
				}
				gets(b, f, capacity)
			})
		}
	}
}

// BenchmarkGetOf shows what else a Get may have to do.
func BenchmarkGetOf(b *testing.B) {
	const capacity = 1 << 10
	f, err := fleet.Join("bench", fleet.Options{Size: 1})
	must(b, err)
	defer f.Close()
	c, keys := filled(b, f, capacity, time.Hour)
	get(b, "entry=ends", c, keys[:sample], true)
	p := c.Prefix("key-")
	var rest []string
	for _, key := range keys[:sample] {
		rest = append(rest, key[4:])
	}
	get(b, "entry=ends,prefixed", p, rest, true)
	_, err = c.Reset("other:")
	must(b, err)
	get(b, "entry=ends,another-prefix-reset", c, keys[sample:2*sample], true)
	_, err = c.Reset("key-")
	must(b, err)
	get(b, "entry=reset", c, keys[sample:2*sample], false)
}

// BenchmarkPut puts values of 64 bytes.
func BenchmarkPut(b *testing.B) {
	for _, capacity := range capacities {
		b.Run("capacity="+strconv.Itoa(capacity), func(b *testing.B) {
			f, err := fleet.Join("bench", fleet.Options{Size: 1})
			must(b, err)
			defer f.Close()
			c, keys := filled(b, f, capacity, cache.Forever)
			value := make([]byte, 64)
			put := func(name string, keys []string, ttl time.Duration) {
				at := 0
				run(b, name, func(int) error {
					at = (at*5 + 1) & (len(keys) - 1)
					_, err := c.Put(keys[at], value, ttl)
					return err
				})
			}
			put("keys=few", keys[:sample], cache.Forever)
			put("keys=few,ends", keys[:sample], time.Hour)
			put("keys=all", keys, cache.Forever)
		})
	}
}
