package ring

import (
	"sync/atomic"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring/internal/slotcopy"
	"github.com/orbitring/orbit/ring/layout"
)

// PeekLine is the payload that lies in a slot's first cache line, in bytes: what
// Peek copies fastest.
const PeekLine = slotcopy.LinePayload

// Peek copies the frame at a position of a lane as far as f's buffer goes: for
// those who keep positions of their own, in an index beside the ring. size is
// the frame's whole payload; f.Payload has as much of it as its capacity allows.
// False: no frame stands there that can be read; never published, overwritten,
// reset, still in flight, or a lane that does not exist. On a closed ring it is
// always false, see Closed. Any number of goroutines may call it, each with its
// own f. Nothing is allocated.
func (r *Ring) Peek(lane int, p uint64, f *Frame) (size int, ok bool) {
	if r.isClosed() || uint(lane) >= uint(len(r.lanes)) || p >= r.limit {
		return 0, false
	}
	l := &r.lanes[lane]
	if p < atomic.LoadUint64(l.floor()) && p < l.believedFloor(atomic.LoadUint64(l.head)) {
		return 0, false
	}
	room := cap(f.Payload)
	want := uint64(layout.MakeWord(l.lap(p), layout.Committed, 0))
	var word, version, meta uint64
	if slotcopy.HasLine && room == slotcopy.LinePayload {
		word, version, meta, ok = slotcopy.ReadLine(l.slot(p), want, data(f.Payload))
	} else {
		word, version, meta, ok = slotcopy.Read(l.slot(p), want, data(f.Payload), uintptr(room))
	}
	size = int(uint32(meta))
	if !ok || uint32(meta) > r.id.Geometry.Payload {
		return 0, false
	}
	f.ID = l.id(p, layout.Word(word), r.id.Geometry.Topology == layout.Shared)
	f.Version, f.Op = version, uint8(meta>>32)
	f.Payload = f.Payload[:min(size, room)]
	return size, true
}

// Position returns the position that an id of this ring names: of those with its
// 40 bits, the one nearest below head. False: there is none.
func (r *Ring) Position(id netid64.ID) (uint64, bool) {
	lane := 0
	if r.id.Geometry.Topology == layout.Lane {
		lane = int(id.Node())
	}
	if r.isClosed() || id.Kind() != r.id.Kind || lane >= len(r.lanes) {
		return 0, false
	}
	l := &r.lanes[lane]
	return resolve(id.Counter(), atomic.LoadUint64(l.head)+l.capacity()) // order: head
}

// Closed says that the ring was closed.
func (r *Ring) Closed() bool { return r.isClosed() }
