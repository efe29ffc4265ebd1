//go:build amd64 && !purego && !race

package slotcopy

import (
	"sync/atomic"
	"unsafe"

	"github.com/orbitring/orbit/ring/layout"
)

// The routines of this file serve slots of one cache line. They are Go, not
// assembly, for what surrounds them: an assembly call hands eight arguments over
// on the stack, and a streaming writer is bound by its store buffer, in which
// every such store waits behind the slots that readers still hold (measured:
// 25 ns a frame with them, 10 without). They rely on what the compiler does with
// plain and atomic accesses on amd64: a plain store is one MOV, stores keep their
// order, none moves across an atomic access, and a store with a branch behind it
// is not taken for dead. The kill-point test steps through the result and would
// see a mark that is missing or late.

// HasLine says that PublishLine and ReadLine are there.
const HasLine = true

// LinePayload is the payload that shares a cache line with the slot header: what
// ReadLine copies, however long the frame is.
const LinePayload = layout.LineSize - layout.SlotHeaderSize

// PublishLine is Publish for at most LinePayload bytes. Like Publish it touches
// nothing behind the payload.
func PublishLine(slot unsafe.Pointer, mark, version, meta uint64, src unsafe.Pointer, n uintptr, head *uint64, next uint64) {
	line := (*[8]uint64)(slot)
	line[0] = mark // order: mark
	line[1] = version
	line[2] = meta
	if n >= 8 {
		from := (*[5]uint64)(src)
		last := *(*uint64)(unsafe.Add(src, n-8))
		line[3] = from[0]
		if n > 16 {
			line[4] = from[1]
			if n > 24 {
				line[5] = from[2]
				if n > 32 {
					line[6] = from[3]
				}
			}
		}
		*(*uint64)(unsafe.Add(slot, layout.SlotPayloadOffset+n-8)) = last
	} else if n > 0 {
		fewBytes(unsafe.Add(slot, layout.SlotPayloadOffset), src, n)
	}
	line[0] = mark ^ commitFlip // order: commit
	*head = next                // order: head
}

// fewBytes copies less than 8 bytes.
func fewBytes(dst, src unsafe.Pointer, n uintptr) {
	if n >= 4 {
		last := *(*uint32)(unsafe.Add(src, n-4))
		*(*uint32)(dst) = *(*uint32)(src)
		*(*uint32)(unsafe.Add(dst, n-4)) = last
		return
	}
	for i := range n {
		*(*byte)(unsafe.Add(dst, i)) = *(*byte)(unsafe.Add(src, i))
	}
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
