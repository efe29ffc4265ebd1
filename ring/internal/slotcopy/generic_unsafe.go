package slotcopy

import (
	"encoding/binary"
	"sync/atomic"
	"unsafe"

	"github.com/orbitring/orbit/ring/layout"
)

// commitFlip turns a Writing word into the Committed word of the same lap and
// node.
const commitFlip = uint64(layout.Writing^layout.Committed) << layout.NodeBits

const nodeMask = layout.MaxNodes - 1

func publishGeneric(slot unsafe.Pointer, mark, version, meta uint64, src unsafe.Pointer, n uintptr, head *uint64, next uint64) {
	markGeneric(slot, mark)
	fillGeneric(slot, version, meta, src, n)
	commitGeneric(slot, mark^commitFlip, head, next)
}

func markGeneric(slot unsafe.Pointer, word uint64) {
	atomic.StoreUint64((*uint64)(slot), word) // order: mark
}

func commitGeneric(slot unsafe.Pointer, word uint64, head *uint64, next uint64) {
	atomic.StoreUint64((*uint64)(slot), word) // order: commit
	if head != nil {
		atomic.StoreUint64(head, next) // order: head
	}
}

// fillGeneric writes whole words: up to 7 zero bytes behind the payload, which
// the stride always has room for.
func fillGeneric(slot unsafe.Pointer, version, meta uint64, src unsafe.Pointer, n uintptr) {
	atomic.StoreUint64((*uint64)(unsafe.Add(slot, layout.VersionOffset)), version)
	atomic.StoreUint64((*uint64)(unsafe.Add(slot, layout.LengthOffset)), meta)
	dst := unsafe.Add(slot, layout.SlotPayloadOffset)
	b := unsafe.Slice((*byte)(src), n)
	for ; len(b) >= 8; b = b[8:] {
		atomic.StoreUint64((*uint64)(dst), binary.LittleEndian.Uint64(b))
		dst = unsafe.Add(dst, 8)
	}
	if len(b) > 0 {
		var tail [8]byte
		copy(tail[:], b)
		atomic.StoreUint64((*uint64)(dst), binary.LittleEndian.Uint64(tail[:]))
	}
}

func readGeneric(slot unsafe.Pointer, want uint64, dst unsafe.Pointer, limit uintptr) (word, version, meta uint64, ok bool) {
	word = atomic.LoadUint64((*uint64)(slot)) // order: commit
	if word&^nodeMask != want {
		return word, 0, 0, false
	}
	version = atomic.LoadUint64((*uint64)(unsafe.Add(slot, layout.VersionOffset)))
	meta = atomic.LoadUint64((*uint64)(unsafe.Add(slot, layout.LengthOffset)))
	src := unsafe.Add(slot, layout.SlotPayloadOffset)
	b := unsafe.Slice((*byte)(dst), min(uintptr(uint32(meta)), limit))
	for ; len(b) >= 8; b = b[8:] {
		binary.LittleEndian.PutUint64(b, atomic.LoadUint64((*uint64)(src)))
		src = unsafe.Add(src, 8)
	}
	if len(b) > 0 {
		var tail [8]byte
		binary.LittleEndian.PutUint64(tail[:], atomic.LoadUint64((*uint64)(src)))
		copy(b, tail[:])
	}
	again := atomic.LoadUint64((*uint64)(slot)) // order: mark
	return again, version, meta, again == word
}
