package cache

import (
	"encoding/binary"

	"github.com/orbitring/orbit/ring"
)

// A frame of the cache:
//
//	op        what it does to its key
//	version   hash of the key : 48 · links : 8 · bytes of the key : 8
//	payload   expires i64 · links, u64 each · key · value
//
// expires is in nanoseconds of fleet.Now. A link is another frame of the same
// bucket, the hash's middle 32 bits and the low 32 of its position. Links are
// ordered, newest first; each names the newest frame of a key that has one in
// this bucket and is not the frame's own. If there are maxLinks there may be more
// keys: whoever has not found his goes on at the last link. Header, expiry and
// links lie in the slot's first cache line.
const (
	opPut    = 1
	opDelete = 2
	opReset  = 3 // the key is a prefix

	maxLinks = 4
	fixed    = 8                  // expires
	overhead = fixed + 8*maxLinks // most that is not key or value
	headSize = overhead           // copied to look at a frame's front; ring.PeekLine at most

	// formatVersion changes with the frame, the area, or the hash.
	formatVersion = 1
)

var _ [ring.PeekLine - headSize]struct{}

// describe makes the version of a frame.
func describe(hash uint64, links, key int) uint64 {
	return hash&^0xffff | uint64(links)<<8 | uint64(key)
}

// sameHash says whether a frame's version is that of a key with this hash, as
// far as it tells.
func sameHash(version, hash uint64) bool { return (version^hash)>>16 == 0 }

// tag is the part of a hash that stands in links.
func tag(hash uint64) uint32 { return uint32(hash >> 16) }

// linkTo makes a link to the frame at position p.
func linkTo(p uint64, tag uint32) uint64 { return uint64(tag)<<32 | uint64(uint32(p)) }

// target returns the position that a link of the frame at position from names. It
// is always older; false means that it cannot be, or lies further back than the
// ring goes.
func (s *store) target(from, link uint64) (uint64, bool) {
	back := uint64(uint32(from) - uint32(link))
	return from - back, back > 0 && back <= from && back < s.slots
}

// head is the front of a frame, copied and checked.
type head struct {
	at      uint64 // position
	version uint64
	expires int64
	op      uint8
	links   int
	link    [maxLinks]uint64
}

// glance copies the front of the frame at position p. False: it was overwritten,
// or is none of the cache's.
func (s *store) glance(p uint64, h *head) bool {
	var buf [headSize]byte
	f := ring.Frame{Payload: buf[:0]}
	size, ok := s.ring.Peek(0, p, &f)
	links, key := counts(f.Version)
	if !ok || links > maxLinks || size < fixed+8*links+key {
		return false
	}
	h.at, h.version, h.op, h.links = p, f.Version, f.Op, links
	h.expires = int64(binary.LittleEndian.Uint64(buf[0:]))
	for i := range h.link {
		h.link[i] = binary.LittleEndian.Uint64(buf[fixed+8*i:])
	}
	return true
}

// counts returns how many links and how many bytes of key a frame says it has.
func counts(version uint64) (links, key int) { return int(version >> 8 & 0xff), int(version & 0xff) }

// entry says what a frame is, and where its parts lie in the buffer that it was
// copied into. It does not hold the buffer: that could not be on the stack then.
type entry struct {
	at      uint64
	expires int64
	op      uint8
	node    uint16
	whole   bool // all of it was copied
	links   int
	key     int // where the key begins
	value   int // and the value
	end     int // of what was copied
}

func (e *entry) keyIn(buf []byte) []byte   { return buf[e.key:e.value:e.value] }
func (e *entry) valueIn(buf []byte) []byte { return buf[e.value:e.end] }
func (e *entry) linkIn(buf []byte, i int) uint64 {
	return binary.LittleEndian.Uint64(buf[fixed+8*i : e.key])
}

// read copies the frame at position p into buf, as far as that goes, and takes
// it apart. False: it was overwritten, is none of the cache's, or buf does not
// hold expiry, links and key.
func (s *store) read(p uint64, buf []byte, e *entry) bool {
	f := ring.Frame{Payload: buf}
	size, ok := s.ring.Peek(0, p, &f)
	links, key := counts(f.Version)
	e.key = fixed + 8*links
	e.value, e.end = e.key+key, len(f.Payload)
	if !ok || links > maxLinks || e.end < e.value {
		return false
	}
	e.at, e.op, e.node, e.links, e.whole = p, f.Op, f.ID.Node(), links, e.end == size
	e.expires = int64(binary.LittleEndian.Uint64(f.Payload))
	return true
}
