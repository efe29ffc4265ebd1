package cache

import "sync/atomic"

// Stats counts what the caches of one Open have seen and done. Other members
// count for themselves.
type Stats struct {
	Hits    uint64 // reads that found a value
	Misses  uint64 // reads that found none
	Puts    uint64
	Deletes uint64
	Resets  uint64
	// Evicted is how many values were still in the cache when a frame of this
	// member overwrote them: the ring came around. A large share of Puts asks for
	// a larger Capacity. While several members write at the same time it counts
	// less than there are.
	Evicted uint64
}

// Stats returns the counts so far.
func (s *store) Stats() (sum Stats) {
	for i := range s.counts.reads {
		sum.Hits += s.counts.reads[i].hits.Load()
		sum.Misses += s.counts.reads[i].misses.Load()
	}
	sum.Puts = s.counts.ops[opPut].Load()
	sum.Deletes = s.counts.ops[opDelete].Load()
	sum.Resets = s.counts.ops[opReset].Load()
	sum.Evicted = s.counts.evicted.Load()
	return sum
}

// stripes is over how many cache lines the counts of reads are spread, so that
// readers on many CPUs do not pass one line around.
const stripes = 32

type counters struct {
	reads   [stripes]stripe
	ops     [opReset + 1]atomic.Uint64
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

// wrote counts a frame that was published.
func (c *counters) wrote(op uint8, evicted bool) {
	c.ops[op].Add(1)
	if evicted {
		c.evicted.Add(1)
	}
}
