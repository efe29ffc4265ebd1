//go:build purego || race || !amd64

package slotcopy

import (
	"sync/atomic"
	"unsafe"

	"github.com/orbitring/orbit/ring/layout"
)

const (
	// HasLine says that the routines for one cache line are there.
	HasLine = false
	// LinePayload is the payload that shares a cache line with the slot header.
	LinePayload = layout.LineSize - layout.SlotHeaderSize

	// MinInline is the smallest payload that Begin, Copy and End publish.
	MinInline = 8
	// MaxInline is the largest: there is none.
	MaxInline = MinInline - 1
)

// Begin is not there: use Publish.
func Begin(unsafe.Pointer, uint64, uint64, uint64) {}

// Copy is not there: use Publish.
func Copy(_, _ unsafe.Pointer, _ uintptr) {}

// End is not there: use Publish.
func End(unsafe.Pointer, uint64) {}

// SetHead stores next into head after all commits before it.
func SetHead(head *uint64, next uint64) {
	atomic.StoreUint64(head, next) // order: head
}

// ReadLine is not there: use Read.
func ReadLine(unsafe.Pointer, uint64, unsafe.Pointer) (word, version, meta uint64, ok bool) {
	return 0, 0, 0, false
}

// Word is not there: use Read.
func Word(unsafe.Pointer) uint64 { return 0 }

// CopyLine is not there: use Read.
func CopyLine(_, _ unsafe.Pointer) (version, meta uint64) { return 0, 0 }

// ReadHeader is Read without the payload.
func ReadHeader(slot unsafe.Pointer, want uint64) (version, meta uint64, ok bool) {
	_, version, meta, ok = Read(slot, want, nil, 0)
	return version, meta, ok
}
