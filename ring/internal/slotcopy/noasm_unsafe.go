//go:build purego || race || !(amd64 || arm64)

package slotcopy

import (
	"runtime"
	"unsafe"
)

// Kernel names the copy routines in use.
const Kernel = "generic"

// InPlace says that a slot may be filled by plain stores between Mark and
// Commit, or between the shared topology\'s two CAS.
const InPlace = false

// Publish: see asm_unsafe.go.
func Publish(slot unsafe.Pointer, mark, version, meta uint64, src unsafe.Pointer, n uintptr, head *uint64, next uint64) {
	publishGeneric(slot, mark, version, meta, src, n, head, next)
}

// Mark: see asm_unsafe.go.
func Mark(slot unsafe.Pointer, word uint64) { markGeneric(slot, word) }

// Fill: see asm_unsafe.go.
func Fill(slot unsafe.Pointer, version, meta uint64, src unsafe.Pointer, n uintptr) {
	fillGeneric(slot, version, meta, src, n)
}

// Commit: see asm_unsafe.go.
func Commit(slot unsafe.Pointer, word uint64, head *uint64, next uint64) {
	commitGeneric(slot, word, head, next)
}

// Read: see asm_unsafe.go.
func Read(slot unsafe.Pointer, want uint64, dst unsafe.Pointer, limit uintptr) (word, version, meta uint64, ok bool) {
	return readGeneric(slot, want, dst, limit)
}

// Pause: see asm_unsafe.go. Without the instruction it only passes a moment.
func Pause(n uint32) {
	for ; n > 0; n-- {
		runtime.KeepAlive(n)
	}
}
