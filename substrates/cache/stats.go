package cache

import "sync/atomic"

// Stats counts what the caches of one Open have seen and done. Other members
// count for themselves.
type Stats struct {
	Hits   uint64 // reads that found a value
	Misses uint64 // reads that found none
	// Evicted is how many values were still in the cache when a frame of this
	// member overwrote them: the ring came around. If that is a large share of the
	// puts, a larger Capacity helps. While several members write at the same time it counts
	// less than there are.
	Evicted uint64
}

// Stats returns the counts so far.
func (c *Cache) Stats() (sum Stats) {
	for i := range c.counts.reads {
		sum.Hits += c.counts.reads[i].hits.Load()
		sum.Misses += c.counts.reads[i].misses.Load()
	}
	sum.Evicted = c.counts.evicted.Load()
	return sum
}

// stripes is over how many cache lines the counts of reads are spread, so that
// readers on many CPUs do not pass one line around.
const stripes = 32

type counters struct {
	reads   [stripes]stripe
	evicted atomic.Uint64
}

type stripe struct {
	hits, misses atomic.Uint64
	_            [112]byte
}

// count counts a read of a key with this hash.
func (c *counters) count(hash uint64, hit bool) {
	s := &c.reads[(hash^somewhere())%stripes]
	if hit {
		s.hits.Add(1)
	} else {
		s.misses.Add(1)
	}
}
