package ring

import (
	"unsafe"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring/internal/slotcopy"
	"github.com/orbitring/orbit/ring/layout"
)

// PublishParts is Publish for a payload whose bytes lie in two places: first,
// then second. In the shared topology both go straight into the slot where it
// may be filled in place; elsewhere they are put together first. Nothing is
// allocated but, once, the room for that.
func (w *Writer) PublishParts(op uint8, version uint64, first, second []byte) (netid64.ID, error) {
	n := len(first) + len(second)
	if err := w.check(max(n, len(first), len(second))); err != nil { // the sum may overflow 32 bits
		return 0, err
	}
	if !w.shared || !slotcopy.InPlace {
		buf := w.room()
		copy(buf[copy(buf, first):], second)
		return w.Publish(op, version, buf[:n])
	}
	p, _, err := w.claim(1)
	if err != nil {
		return 0, err
	}
	id, slot := netid64.Make(w.kind, w.node, p), w.slot(p)
	slotcopy.Fill(slot, version, meta(op, n), data(first), uintptr(len(first)))
	copy(unsafe.Slice((*byte)(unsafe.Add(slot, layout.SlotPayloadOffset+len(first))), len(second)), second)
	if !w.settle(p, layout.Committed) {
		return id, &LappedError{First: id, Lost: 1}
	}
	w.wakeParked()
	return id, nil
}

// room is a buffer of the payload capacity, for what cannot be filled in place.
func (w *Writer) room() []byte {
	if w.staging == nil {
		w.staging = make([]byte, w.ring.id.Geometry.Payload)
	}
	return w.staging
}
