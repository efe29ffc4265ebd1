package ring

import (
	"math"
	"math/bits"
	"sync/atomic"
	"unsafe"

	"github.com/orbitring/orbit/ring/layout"
)

// maxProcessMemory is the largest region an int can index.
const maxProcessMemory = math.MaxInt - layout.LineSize

// lane is where one lane's shared words lie. All pointers stay inside the
// region: they come from a checked geometry and a masked position. It is kept to
// half a cache line, see Writer.
type lane struct {
	slots  unsafe.Pointer
	mask   uint64
	head   *uint64
	stride uint32
	shift  uint8
	kind   uint8
	number uint16 // of the lane: in the lane topology its node
}

func makeLane(mem []byte, id layout.Identity, number uint32) lane {
	g := id.Geometry
	base := unsafe.Pointer(unsafe.SliceData(mem))
	return lane{
		head:   (*uint64)(unsafe.Add(base, int(g.HeadOffset(number)))),
		slots:  unsafe.Add(base, int(g.SlotOffset(number, 0))),
		mask:   g.Capacity - 1,
		stride: g.Stride,
		shift:  uint8(bits.TrailingZeros64(g.Capacity)),
		kind:   id.Kind,
		number: uint16(number),
	}
}

// waitGroup is where the words around parking lie.
type waitGroup struct {
	any     *uint64 // waiters and fence in one load
	waiters *uint32
	fence   *uint32
	wake    *uint32
}

func makeWaitGroup(mem []byte) waitGroup {
	base := unsafe.Pointer(unsafe.SliceData(mem))
	return waitGroup{
		any:     (*uint64)(unsafe.Add(base, layout.WaitersOffset)),
		waiters: (*uint32)(unsafe.Add(base, layout.WaitersOffset)),
		fence:   (*uint32)(unsafe.Add(base, layout.FenceOffset)),
		wake:    (*uint32)(unsafe.Add(base, layout.WakeOffset)),
	}
}

func (l *lane) capacity() uint64 { return l.mask + 1 }

// floor returns the lane's floor, which lies behind its head.
func (l *lane) floor() *uint64 {
	return (*uint64)(unsafe.Add(unsafe.Pointer(l.head), layout.Separation))
}

// lap returns the lap of a position, as the slot word carries it.
func (l *lane) lap(p uint64) uint64 { return p>>(l.shift&63) + 1 }

// slot returns the slot of a position.
func (l *lane) slot(p uint64) unsafe.Pointer {
	return unsafe.Add(l.slots, int((p&l.mask)*uint64(l.stride)))
}

// after returns the slot behind another, within a lap.
func (l *lane) after(slot unsafe.Pointer) unsafe.Pointer { return unsafe.Add(slot, int(l.stride)) }

// word returns the word of a position's slot.
func (l *lane) word(p uint64) *uint64 { return (*uint64)(l.slot(p)) }

func (l *lane) loadWord(p uint64) layout.Word {
	return layout.Word(atomic.LoadUint64(l.word(p)))
}

func (l *lane) casWord(p uint64, old, to layout.Word) bool {
	return atomic.CompareAndSwapUint64(l.word(p), uint64(old), uint64(to))
}

// position returns the position that a word found in p's slot names.
func (l *lane) position(p uint64, w layout.Word) uint64 {
	return (w.Lap()-1)<<(l.shift&63) | p&l.mask
}

// data returns where a slice's bytes are; nothing reads from it when the slice
// is empty.
func data(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

// misalignment returns how far mem starts past a cache line.
func misalignment(mem []byte) uintptr {
	return uintptr(unsafe.Pointer(unsafe.SliceData(mem))) & (layout.LineSize - 1)
}

// alignedBytes returns n zero bytes that start on a separation boundary.
func alignedBytes(n int) []byte {
	b := make([]byte, n+layout.Separation)
	off := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) & (layout.Separation - 1))
	return b[off:][:n:n]
}
