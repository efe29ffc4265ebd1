package ring

import (
	"unsafe"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring/internal/slotcopy"
	"github.com/orbitring/orbit/ring/layout"
)

// publish is Publish: write steps 1 to 5 for a small payload in a lane, in one
// body. It stores next to nothing but the slot, see slotcopy.Begin: no call
// stands before a return, so nothing is spilled, and the payload comes as a
// pointer because the compiler keeps a copy of a slice argument on the stack.
func (w *Writer) publish(op uint8, version uint64, from unsafe.Pointer, n int) (netid64.ID, error) {
	p := w.next
	if uint(n)-slotcopy.MinInline >= w.inline || p >= w.limit {
		return w.publishSlow(op, version, unsafe.Slice((*byte)(from), n))
	}
	w.next = p + 1
	slot, mark := w.slot(p), uint64(layout.MakeWord(w.lap(p), layout.Writing, w.number))
	slotcopy.Begin(slot, mark, version, meta(op, n))
	slotcopy.Copy(slot, from, uintptr(n))
	slotcopy.End(slot, mark)
	slotcopy.SetHead(w.head, p+1)
	id := netid64.Make(w.kind, w.number, p)
	if w.anyParked() {
		return w.woken(id)
	}
	return id, nil
}

// woken is the end of publish where somebody is parked.
func (w *Writer) woken(id netid64.ID) (netid64.ID, error) {
	w.wakeSlow()
	return id, nil
}

// publishBatch is PublishBatch: the same for messages that publish would take
// itself and that fit into one lap; head once. All of it stays in registers.
func (w *Writer) publishBatch(msgs []Message) (first netid64.ID, n int, err error) {
	p, l, inline := w.next, &w.lane, w.inline
	if len(msgs) == 0 || uint64(len(msgs)) > min(l.capacity(), w.limit-p) {
		return w.publishBatchSlow(msgs)
	}
	for i := range msgs {
		if uint(len(msgs[i].Payload))-slotcopy.MinInline >= inline {
			return w.publishBatchSlow(msgs)
		}
	}
	first = netid64.Make(l.kind, l.number, p)
	for i := range msgs {
		m := &msgs[i]
		slot, mark := l.slot(p), uint64(layout.MakeWord(l.lap(p), layout.Writing, l.number))
		slotcopy.Begin(slot, mark, m.Version, meta(m.Op, len(m.Payload)))
		slotcopy.Copy(slot, data(m.Payload), uintptr(len(m.Payload)))
		slotcopy.End(slot, mark)
		p++
	}
	w.next = p
	slotcopy.SetHead(w.head, p)
	if w.anyParked() {
		w.wakeSlow()
	}
	return first, len(msgs), nil
}
