//go:build !purego && !race && (amd64 || arm64)

package slotcopy

import "unsafe"

// Publish stores a whole frame into a slot that this process alone may write:
// the mark, the header, n bytes from src, the mark's committed form, and then
// next into head unless that is nil, in that order for every observer. meta is
// length | op<<32.
// slot is 64-byte aligned and holds 24 + n bytes.
//
//go:noescape
func Publish(slot unsafe.Pointer, mark, version, meta uint64, src unsafe.Pointer, n uintptr, head *uint64, next uint64)

// Mark stores word before everything that follows it.
//
//go:noescape
func Mark(slot unsafe.Pointer, word uint64)

// Fill stores header and payload of a slot that the caller has claimed. The
// caller's commit orders them.
//
//go:noescape
func Fill(slot unsafe.Pointer, version, meta uint64, src unsafe.Pointer, n uintptr)

// Commit stores word after everything before it, then next into head.
//
//go:noescape
func Commit(slot unsafe.Pointer, word uint64, head *uint64, next uint64)

// Read copies the frame of a slot whose word, node aside, equals want: header,
// and at most limit bytes of payload to dst, whatever length the slot claims.
// ok says that the word was the same before and after, so the copy is whole;
// otherwise word is what the last look saw, and dst is scratch.
//
//go:noescape
func Read(slot unsafe.Pointer, want uint64, dst unsafe.Pointer, limit uintptr) (word, version, meta uint64, ok bool)

// Pause tells the CPU n times that this is a spin loop; one takes about 10 to
// 60 ns.
//
//go:noescape
func Pause(n uint32)
