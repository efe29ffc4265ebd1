package cache

import (
	"encoding/binary"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Op is what a frame of the cache's ring does.
type Op uint8

// The frames of the cache's ring.
const (
	OpPut    Op = opPut
	OpDelete Op = opDelete
	OpReset  Op = opReset
)

// Change is a frame of the cache's ring taken apart, for whoever follows all
// changes with a cursor of their own. Key and Value lie in the frame's payload.
type Change struct {
	Op    Op
	Key   []byte // of a put and a delete; the prefix of a reset
	Value []byte // of a put
	// TTL is what a put has left by this host's clock, 0 when it is over, Forever
	// when it has no end.
	TTL time.Duration
}

// ChangeOf takes a frame apart. False: it is none of the cache's.
func ChangeOf(f *ring.Frame) (Change, bool) {
	links, key := counts(f.Version)
	if links > maxLinks || len(f.Payload) < fixed+8*links+key || f.Op < opPut || f.Op > opReset {
		return Change{}, false
	}
	rest := f.Payload[fixed+8*links:]
	c := Change{Op: Op(f.Op), Key: rest[:key:key], Value: rest[key:], TTL: Forever}
	if at := time.Duration(binary.LittleEndian.Uint64(f.Payload)); at != Forever {
		c.TTL = max(0, at-fleet.Now())
	}
	return c, true
}

// Ring returns the ring of all changes, to read frames as they are with a cursor
// of one's own. It belongs to the fleet: do not close it.
func (c *Cache) Ring() *ring.Ring { return c.ring }
