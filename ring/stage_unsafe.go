package ring

import (
	"unsafe"

	"github.com/orbitring/orbit/ring/internal/slotcopy"
	"github.com/orbitring/orbit/ring/layout"
)

// stage returns where a reservation's payload is filled: the slot itself, or,
// where stores must be atomic (generic routines), a buffer that unstage copies.
func (w *Writer) stage(p uint64, n int) []byte {
	if slotcopy.InPlace {
		return unsafe.Slice((*byte)(unsafe.Add(w.slot(p), layout.SlotPayloadOffset)), n)
	}
	return w.room()[:n:n]
}

// unstage stores the header and what is not in the slot yet.
func (w *Writer) unstage(p uint64, version, meta uint64, payload []byte) {
	n := len(payload)
	if slotcopy.InPlace {
		n = 0
	}
	slotcopy.Fill(w.slot(p), version, meta, data(payload), uintptr(n))
}
