package cache

import (
	"math"
	"math/bits"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Kind is the kind of the cache's ring.
const Kind = 200

const (
	// MaxKey is the longest key, its prefix included, in bytes; the shortest has
	// one.
	MaxKey = 255
	// MaxPrefix is the longest prefix that can be reset, in bytes.
	MaxPrefix = 63
	// MaxCapacity is the largest Options.Capacity.
	MaxCapacity = 1 << 31
	// Forever is the time to live of an entry that stays until it is overwritten.
	Forever time.Duration = math.MaxInt64
)

// Options say what the cache looks like. All members of a fleet must say the
// same.
type Options struct {
	// Capacity is how many of the latest puts, deletes and resets the cache
	// holds, a power of two from 2 to MaxCapacity; 0 is 1024. The index takes 16
	// bytes for each beside its slot.
	Capacity uint64
	// Size is how many bytes key and value of an entry can have together; 0 is
	// 256. A slot takes as much and 64 bytes more, rounded up to cache lines.
	Size uint32
}

// Cache is the cache of a fleet as a member has it, or the part of it whose keys
// begin with a prefix. Any number of goroutines may use it, but none of its
// methods may run while the fleet is closed. Any number of caches of one fleet
// are the same cache.
type Cache struct {
	*store
	prefix string
}

// store is what the caches of one Open have in common.
type store struct {
	family *fleet.Family
	ring   *ring.Ring
	area          // the index, in the aux area
	seed   uint64 // of the hash
	size   int    // bytes of key and value together
	slots  uint64
	work   scratch // of writing, under the family's lock
	counts counters
}

// Open opens the cache of a fleet. Errors are those of fleet.Fleet.Family:
// layout.ErrMismatch if other members have other Options, layout.ErrGeometry if
// the options cannot be.
func Open(f *fleet.Fleet, o Options) (*Cache, error) {
	if o.Capacity == 0 {
		o.Capacity = fleet.DefaultCapacity
	}
	if o.Size == 0 {
		o.Size = fleet.DefaultPayload
	}
	if o.Capacity > MaxCapacity {
		return nil, &layout.GeometryError{Field: "capacity", Value: o.Capacity, Rule: "a cache has at most 2^31 slots"}
	}
	if o.Size > layout.MaxPayload-overhead {
		return nil, &layout.GeometryError{Field: "size", Value: uint64(o.Size), Rule: "key and value together have at most 2^30 - 40 bytes"}
	}
	family, err := f.OpenReserved(Kind, fleet.Spec{
		Capacity: o.Capacity, Payload: overhead + o.Size, Aux: areaSize(o.Capacity),
		TypeName: "orbit.cache", Fingerprint: formatVersion,
	})
	if err != nil {
		return nil, err
	}
	r := family.Ring()
	return &Cache{store: &store{
		family: family, ring: r,
		area:  areaAt(r.Aux(), bits.TrailingZeros64(o.Capacity)+1),
		seed:  r.Identity().Instance,
		size:  int(o.Size),
		slots: o.Capacity,
		work:  makeScratch(r.PayloadCapacity()),
	}}, nil
}

// Prefix returns the part of the cache whose keys begin with prefix: a key there
// is the rest of it. Parts of a part add up. The same key under two prefixes is
// two keys unless prefix and key together are the same.
func (c *Cache) Prefix(prefix string) *Cache {
	return &Cache{store: c.store, prefix: c.prefix + prefix}
}

// BufferSize is what a buffer for Get has to have, in bytes: a little more than
// the largest value.
func (c *Cache) BufferSize() int { return overhead + c.size }

// NewBuffer makes a buffer for Get.
func (c *Cache) NewBuffer() []byte { return make([]byte, 0, c.BufferSize()) }
