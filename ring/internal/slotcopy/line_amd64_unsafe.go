//go:build amd64 && !purego && !race

package slotcopy

import (
	"sync/atomic"
	"unsafe"

	"github.com/orbitring/orbit/ring/layout"
)

// The routines of this file are Go, not assembly, so that the compiler puts them
// into the caller's body: what a publish stores besides its slot decides how fast
// it streams. A core commits stores in order. Those that follow one another into
// the same 32 bytes commit together; each such group waits until the line is
// there, and only so many groups are waited for at a time. While the reader takes
// line after line away, a frame therefore costs by the groups that it stores,
// and a return address, a spilled register or an argument on the stack is a group
// like any other (docs/decisions.md has the figures).
//
// They rely on what the compiler does with plain and atomic accesses on amd64: a
// plain store is one MOV, stores keep their order, none moves across an atomic
// access, and a store with a branch behind it is not taken for dead. The
// kill-point test steps through the result and would see a mark that is missing
// or late.

const (
	// HasLine says that the routines for one cache line are there: ReadLine, Word,
	// CopyLine.
	HasLine = true
	// LinePayload is the payload that shares a cache line with the slot header:
	// what ReadLine copies, however long the frame is.
	LinePayload = layout.LineSize - layout.SlotHeaderSize

	// MinInline is the smallest payload that Begin, Copy and End publish.
	MinInline = 8
	// MaxInline is the largest. Above, the vector loads of Publish win over the
	// words of Copy.
	MaxInline = 256
)

// Begin stores mark and header: the first third of Publish.
func Begin(slot unsafe.Pointer, mark, version, meta uint64) {
	line := (*[3]uint64)(slot)
	line[0] = mark // order: mark
	line[1] = version
	line[2] = meta
}

// Copy stores the payload, n bytes from src, at least MinInline: the second
// third. It touches nothing behind the payload.
func Copy(slot, src unsafe.Pointer, n uintptr) {
	dst := unsafe.Add(slot, layout.SlotPayloadOffset)
	last := *(*uint64)(unsafe.Add(src, n-8))
	for i := uintptr(0); i < n-8; i += 8 {
		*(*uint64)(unsafe.Add(dst, i)) = *(*uint64)(unsafe.Add(src, i))
	}
	*(*uint64)(unsafe.Add(dst, n-8)) = last
}

// End commits what Begin marked: the last third, but for head.
func End(slot unsafe.Pointer, mark uint64) {
	*(*uint64)(slot) = mark ^ commitFlip // order: commit
}

// SetHead stores next into head after all commits before it.
func SetHead(head *uint64, next uint64) {
	*head = next // order: head
}

// ReadLine is Read for slots that carry at most LinePayload bytes: it copies all
// of them to dst, without a look at the length and without an assembly call.
// amd64 keeps loads in order, and the compiler does not move a load across an
// atomic one.
func ReadLine(slot unsafe.Pointer, want uint64, dst unsafe.Pointer) (word, version, meta uint64, ok bool) {
	if word = Word(slot); word&^nodeMask != want {
		return word, 0, 0, false
	}
	version, meta = CopyLine(slot, dst)
	again := Word(slot)
	return again, version, meta, again == word
}

// Word is the first and the last step of ReadLine: the slot's word.
func Word(slot unsafe.Pointer) uint64 {
	return atomic.LoadUint64((*uint64)(slot)) // order: commit, order: mark
}

// CopyLine is the step between: payload to dst, and the header. It and Word are
// small enough to be inlined into a loop over slots.
func CopyLine(slot, dst unsafe.Pointer) (version, meta uint64) {
	from, to := (*[8]uint64)(slot), (*[5]uint64)(dst)
	a, b, c, d, e := from[3], from[4], from[5], from[6], from[7]
	to[0], to[1], to[2], to[3], to[4] = a, b, c, d, e
	return from[1], from[2]
}

// ReadHeader is Read without the payload, for slots of any size: the header lies
// in the slot's first line. It is small enough to be inlined.
func ReadHeader(slot unsafe.Pointer, want uint64) (version, meta uint64, ok bool) {
	word := Word(slot)
	line := (*[3]uint64)(slot)
	version, meta = line[1], line[2]
	return version, meta, word&^nodeMask == want && Word(slot) == word
}
