package contest

import (
	"sync/atomic"
	"unsafe"
)

// cell is the content of a row, or a node's spare.
type cell [cellWords]uint64

// area is the table's memory. All its pointers stay inside: the numbers of rows,
// nodes and cells are checked before they are used.
type area struct {
	shape
	base unsafe.Pointer
}

// newArea takes an aux area, whose size is that of s and which begins on a cache
// line.
func newArea(s shape, aux []byte) area {
	return area{shape: s, base: unsafe.Pointer(unsafe.SliceData(aux[:s.size()]))}
}

func (a *area) word(offset uint64) *uint64 { return (*uint64)(unsafe.Add(a.base, int(offset))) }

func (a *area) hand(node uint16) *uint64 {
	return a.word(handsOffset + uint64(node)*handStride)
}

func (a *area) row(r uint32) *uint64 { return a.word(a.rowsOffset() + uint64(r)*rowStride) }

func (a *area) cell(c uint32) *cell {
	return (*cell)(unsafe.Add(a.base, int(a.cellsOffset()+uint64(c)*cellSize)))
}

func (a *area) loadRow(r uint32) rowWord { return rowWord(atomic.LoadUint64(a.row(r))) }

func (a *area) loadHand(node uint16) handWord { return handWord(atomic.LoadUint64(a.hand(node))) }
