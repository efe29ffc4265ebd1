package contest

import (
	"math/bits"

	"github.com/orbitring/orbit/ring/layout"
)

// The aux area of the ring:
//
//	0    first, ceiling   8 bytes each, see token.go
//	128  next             8 bytes: the next token
//	256  hands            128 bytes for each node, of which 8 are used
//	…    rows             64 bytes for each row, of which 8 are used
//	…    cells            2112 bytes each, rows + nodes of them
//
// hand: u64, turn:43 · offered:1 · cell:20. Initially 0: the node's spare is cell
// rows + node. Stored by the node's holder; from offered to not offered changed
// by anybody's compare-and-swap. Stored after the cell's words (release), loaded
// after the row's word (acquire).
//
// row: u64, sequence:44 · cell:20. Initially 0: never changed, its cell is the one
// with the row's number, and empty. Changed by anybody's compare-and-swap
// alone, which makes the cell's words visible.
//
// cell: words of 8 bytes, 0 at first. Only the holder of the node whose spare it
// is stores into it. Read by everybody; what was read counts if the row's word
// is the same before and after.
//
//	word 0   author:16 · records:8    the node that wrote it
//	word 1   the row's word before
//	word 2   the row
//	word 8   records, 16 words each:
//	         token · until, nanoseconds of the table's clock · id ·
//	         kind:8 · label's length:8 · owner's length:8 · 0:8 · digest:32 ·
//	         label, 8 words · owner, 4 words
const (
	firstOffset = 0
	nextOffset  = 128
	handsOffset = 256
	handStride  = 128
	rowStride   = 64

	seats       = 16 // records of a cell
	headerWords = 8
	recordWords = 16
	labelWords  = 8
	ownerWords  = 4
	cellWords   = headerWords + seats*recordWords
	cellSize    = 8 * cellWords

	cellBits = 20
	cellMask = 1<<cellBits - 1
	offered  = 1 << cellBits
	turn     = 1 << (cellBits + 1)

	maxSubjects = 1 << 20
)

// shape is how large a table is.
type shape struct {
	rows, nodes uint32
	seats       int // of a row that are used
}

// shapeOf returns the shape of a table for so many subjects. Up to 16 have one
// row with as many seats. More have half as many rows as subjects, or more: then
// 17 of n meet in one row with odds of n × 10^-10 or so.
func shapeOf(subjects, nodes int) (shape, error) {
	s := shape{nodes: uint32(nodes), rows: 1, seats: min(subjects, seats)}
	if subjects < 1 || subjects > maxSubjects {
		return s, &layout.GeometryError{Field: "subjects", Value: uint64(subjects), Rule: "must be 1 to 2^20"}
	}
	if subjects > seats {
		s.rows = 1 << bits.Len32(uint32((subjects+1)/2-1))
	}
	return s, nil
}

func (s shape) rowsOffset() uint64  { return handsOffset + uint64(s.nodes)*handStride }
func (s shape) cellsOffset() uint64 { return s.rowsOffset() + uint64(s.rows)*rowStride }
func (s shape) cells() uint32       { return s.rows + s.nodes }

// size returns the bytes of the aux area.
func (s shape) size() uint64 {
	n := s.cellsOffset() + uint64(s.cells())*cellSize
	return (n + layout.Separation - 1) &^ (layout.Separation - 1)
}

// rowWord is the word of a row.
type rowWord uint64

func (w rowWord) seq() uint64 { return uint64(w) >> cellBits }

// next is the word that follows w and names a cell.
func (w rowWord) next(cell uint32) rowWord {
	return rowWord((w.seq()+1)<<cellBits | uint64(cell))
}

// cellOf returns the cell that a row's word names.
func (s shape) cellOf(row uint32, w rowWord) (uint32, bool) {
	if w == 0 {
		return row, true
	}
	c := uint32(w & cellMask)
	return c, c < s.cells()
}

// handWord is the hand of a node.
type handWord uint64

func (h handWord) offers() bool { return h&offered != 0 }

// spareOf returns the cell in a node's hand.
func (s shape) spareOf(node uint16, h handWord) (uint32, bool) {
	if h == 0 {
		return s.rows + uint32(node), true
	}
	c := uint32(h & cellMask)
	return c, c < s.cells()
}

// offer is the hand h, holding cell, when it offers it. It never comes again.
func (h handWord) offer(cell uint32) handWord {
	return (h&^(turn-1) + turn) | offered | handWord(cell)
}

// settle is the hand that offered as h does when it holds cell instead.
func (h handWord) settle(cell uint32) handWord {
	return h&^(turn-1) | handWord(cell)
}
