package cache

import (
	"sync/atomic"

	"github.com/zeebo/xxh3"
)

// The index lies in the aux area of the ring's segment. A word of it is the
// newest frame of a bucket, as its position + 1; 0 means none. Words are moved
// by compare-and-swap only, from an older committed frame to a newer committed
// one, so a member that dies leaves nothing to repair: the frame that it was
// publishing is in the index, or it is not and nobody finds it.
//
//	0     lengths u64: bit n says that a prefix of n bytes was reset, ever
//	128   buckets of prefixes that were reset
//	640   buckets of keys, twice as many as slots
const (
	resetBits     = 6
	resetsOffset  = 128
	bucketsOffset = resetsOffset + 8<<resetBits
)

// maxHops bounds a walk, in frames whose links are looked at. It takes more than
// 4 × maxHops keys in one bucket to come to this end, which happens to those who
// know the segment's seed; the oldest keys are not found then.
const maxHops = 64

func areaSize(slots uint64) uint64 { return (bucketsOffset + 16*slots + 127) &^ 127 }

// area is where the words of the index lie.
type area struct {
	lengths *uint64
	resets  []uint64
	buckets []uint64
	shift   uint8 // of a key's hash
}

func (a *area) bucket(hash uint64) *uint64 { return &a.buckets[hash>>(a.shift&63)] }

func (a *area) resetBucket(hash uint64) *uint64 { return &a.resets[hash>>(64-resetBits)] }

func (s *store) hash(key string) uint64 { return xxh3.HashStringSeed(key, s.seed) }

// outcome is how a walk ended.
type outcome uint8

const (
	none        outcome = iota // no such frame
	found                      // copied
	overwritten                // came to a frame that is no more: all behind it are older
)

// find looks for the newest frame of a key in the bucket that word is of, copies
// it into buf, all of whose bytes may be overwritten, and says where there. It looks at frames from
// position least on. Each step leads to an older position.
func (s *store) find(word *uint64, hash uint64, key string, least uint64, buf []byte, e *entry) outcome {
	next := atomic.LoadUint64(word)
	if next == 0 {
		return none
	}
	next--
	for range maxHops {
		if next < least {
			return none
		}
		if o := s.compare(next, key, buf, e); o != none {
			return o
		}
		var links [maxLinks]uint64 // out of buf, which is used again
		n := e.links
		for i := range n {
			links[i] = e.linkIn(buf, i)
		}
		at := next
		for _, link := range links[:n] {
			p, ok := s.target(at, link)
			if !ok || p < least || p >= next {
				return none
			}
			next = p
			if uint32(link>>32) == tag(hash) {
				if o := s.compare(p, key, buf, e); o != none {
					return o
				}
			}
		}
		if n < maxLinks {
			return none
		}
	}
	return none
}

// firstLook is how much of a frame is copied before its key is known: all of it
// unless it is large.
const firstLook = 512

// compare copies the frame at position p if its key is this one.
func (s *store) compare(p uint64, key string, buf []byte, e *entry) outcome {
	first := min(len(buf), firstLook)
	switch {
	case !s.read(p, buf[:first:first], e):
		return overwritten
	case string(e.keyIn(buf)) != key:
		return none
	case !e.whole && len(buf) > first && !s.read(p, buf, e):
		return overwritten
	}
	return found
}
