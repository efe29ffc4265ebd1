package contest

import (
	"encoding/binary"
	"sync/atomic"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/orbitring/orbit/netid64"
)

// record is one lease as a cell has it: see layout.go.
type record [recordWords]uint64

// Words of a record.
const (
	wordToken = 0
	wordUntil = 1
	wordID    = 2
	wordMeta  = 3
	wordLabel = 4
	wordOwner = wordLabel + labelWords
)

// key is what a record is found by: kind, label's length, digest, and label.
type key struct {
	meta  uint64
	label [labelWords]uint64
	words int // of the label
	row   uint32
}

const keyMask = 0xffffffff_0000ffff // the part of a record's meta that is the key's

// keyOf returns the key of a subject, whose label fits.
func (t *Table) keyOf(s Subject) (k key) {
	h := xxh3.HashStringSeed(s.Label, t.seed+uint64(s.Kind))
	k.meta = uint64(s.Kind) | uint64(len(s.Label))<<8 | h&^0xffffffff
	k.words = pack(k.label[:], s.Label)
	k.row = uint32(h) & (t.area.rows - 1)
	return k
}

// pack puts a string into words and returns how many it takes.
func pack(to []uint64, s string) int {
	var b [8 * labelWords]byte
	n := (copy(b[:8*len(to)], s) + 7) / 8
	for i := range n {
		to[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return n
}

// unpack is the reverse of pack, for n bytes or as many as there are.
func unpack(to []byte, from []uint64) {
	for i, w := range from {
		binary.LittleEndian.PutUint64(to[8*i:], w)
	}
}

func (r *record) is(k *key) bool {
	if r[wordMeta]&keyMask != k.meta {
		return false
	}
	for i := range k.words {
		if r[wordLabel+i] != k.label[i] {
			return false
		}
	}
	return true
}

func (r *record) until() time.Duration { return time.Duration(r[wordUntil]) }

// set makes r a lease.
func (r *record) set(k *key, owner string, id netid64.ID, token uint64, until time.Duration) {
	*r = record{wordToken: token, wordUntil: uint64(until), wordID: uint64(id),
		wordMeta: k.meta | uint64(len(owner))<<16}
	copy(r[wordLabel:], k.label[:])
	pack(r[wordOwner:], owner)
}

// holder is r as users see it. Lengths are what fits, whatever r says.
func (r *record) holder() (h Holder) {
	meta := r[wordMeta]
	h = Holder{ID: netid64.ID(r[wordID]), Token: r[wordToken], Until: r.until(), kind: uint8(meta),
		labelSize: uint8(min(meta>>8&0xff, MaxLabel)), ownerSize: uint8(min(meta>>16&0xff, MaxOwner))}
	unpack(h.label[:], r[wordLabel:wordOwner])
	unpack(h.owner[:], r[wordOwner:])
	return h
}

// loadRecord copies a record from a cell.
func (c *cell) loadRecord(i int, to *record) {
	from := (*record)(c[headerWords+i*recordWords:])
	for w := range from {
		to[w] = atomic.LoadUint64(&from[w])
	}
}

func (c *cell) putRecord(i int, r *record) {
	to := (*record)(c[headerWords+i*recordWords:])
	for w := range r {
		put(&to[w], r[w])
	}
}
