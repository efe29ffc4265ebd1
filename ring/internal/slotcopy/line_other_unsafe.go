//go:build purego || race || !amd64

package slotcopy

import (
	"unsafe"

	"github.com/orbitring/orbit/ring/layout"
)

// HasLine says that PublishLine and ReadLine are there.
const HasLine = false

// LinePayload is the payload that shares a cache line with the slot header.
const LinePayload = layout.LineSize - layout.SlotHeaderSize

// PublishLine is not there: use Publish.
func PublishLine(unsafe.Pointer, uint64, uint64, uint64, unsafe.Pointer, uintptr, *uint64, uint64) {}

// ReadLine is not there: use Read.
func ReadLine(unsafe.Pointer, uint64, unsafe.Pointer) (word, version, meta uint64, ok bool) {
	return 0, 0, 0, false
}

// Word is not there: use Read.
func Word(unsafe.Pointer) uint64 { return 0 }

// CopyLine is not there: use Read.
func CopyLine(_, _ unsafe.Pointer) (version, meta uint64) { return 0, 0 }
