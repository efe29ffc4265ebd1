package ring

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"github.com/orbitring/orbit/ring/layout"
)

// imageTries bounds how often a slot is copied again because its writer came
// back to it.
const imageTries = 64

// CopyImage copies a whole segment, which may be under traffic, into dst, which
// must have its size. Each slot is as it was at one moment; the slots are not as
// they were at the same. A slot that was written at every attempt becomes a hole
// in the copy, and is counted: readers of the copy count its position as
// unavailable. The aux area is copied word by word. Nothing is stored into the
// region, and nothing allocated.
func CopyImage(dst []byte, region Region) (torn int, err error) {
	id, err := checkRegion(region)
	if err != nil {
		return 0, err
	}
	src, g := region.Bytes(), id.Geometry
	if len(dst) != len(src) {
		return 0, &RegionError{Rule: fmt.Sprintf("is copied into %d bytes, has %d", len(dst), len(src))}
	}
	copyWords(dst, src[:g.SlotsOffset()]) // heads before the slots below them; order: head
	stride := uint64(g.Stride)
	for at := g.SlotsOffset(); at < g.AuxOffset(); at += stride {
		if !copySlot(dst[at:at+stride], src[at:at+stride]) {
			torn++
		}
	}
	copyWords(dst[g.AuxOffset():], src[g.AuxOffset():])
	return torn, nil
}

// copySlot copies one slot as a reader does: read steps 2 and 3, whatever the
// word says.
func copySlot(dst, src []byte) bool {
	word := (*uint64)(unsafe.Pointer(unsafe.SliceData(src)))
	before := atomic.LoadUint64(word) // order: commit
	for range imageTries {
		copyWords(dst[8:], src[8:])
		after := atomic.LoadUint64(word) // order: mark
		if after == before {
			putWord(dst, before)
			return true
		}
		before = after
	}
	w := layout.Word(before)
	putWord(dst, uint64(layout.MakeWord(w.Lap(), layout.Hole, w.Node())))
	return false
}

// copyWords copies all of src, a multiple of 8 bytes.
func copyWords(dst, src []byte) {
	if len(src) == 0 {
		return
	}
	_ = dst[len(src)-1]
	from := unsafe.Pointer(unsafe.SliceData(src))
	for i := 0; i+8 <= len(src); i += 8 {
		putWord(dst[i:], atomic.LoadUint64((*uint64)(unsafe.Add(from, i))))
	}
}

// putWord stores into private memory, which need not be aligned.
func putWord(dst []byte, v uint64) { *(*[8]byte)(dst) = *(*[8]byte)(unsafe.Pointer(&v)) }
