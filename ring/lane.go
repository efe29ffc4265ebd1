package ring

import (
	"fmt"
	"sync/atomic"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring/internal/slotcopy"
	"github.com/orbitring/orbit/ring/layout"
)

// publishLaneBatch does write steps 2 to 4 for every message and step 5 once;
// twice or more only for a batch longer than the lane, because a successor looks
// for uncounted frames within one lap of head.
func (w *Writer) publishLaneBatch(msgs []Message) (netid64.ID, int, error) {
	if room := w.limit - w.next; uint64(len(msgs)) > room {
		return 0, 0, &ExhaustedError{Positions: w.limit}
	}
	first := w.next
	for len(msgs) > 0 {
		part := msgs[:min(uint64(len(msgs)), w.capacity())]
		msgs = msgs[len(part):]
		w.storeAll(part)
	}
	return netid64.Make(w.kind, w.node, first), int(w.next - first), nil
}

// storeAll does write steps 2 to 4 for every message and step 5 once.
func (w *Writer) storeAll(msgs []Message) {
	p := w.next
	for i := range msgs {
		m := &msgs[i]
		w.store(p, m.Op, m.Version, m.Payload, nil)
		p++
	}
	w.next = p
	slotcopy.SetHead(w.head, p)
}

// succeed takes a lane over from the node's earlier life: frames that were
// committed but not counted in head are counted now. A slot left half written
// behind them is simply written again, since no reader ever saw it.
func (w *Writer) succeed() error {
	h := atomic.LoadUint64(w.head)
	for range w.capacity() {
		word := w.loadWord(h)
		if word.State() != layout.Committed || word.Lap() != w.lap(h) {
			break
		}
		h++
	}
	if word := w.loadWord(h); word.Lap() > w.lap(h) {
		return &CorruptError{Lane: uint32(w.number), Position: h,
			What: fmt.Sprintf("head is %d, but the slot is already in lap %d, past %d", h, word.Lap(), w.lap(h))}
	}
	if h > 0 && w.loadWord(h-1).Lap() != w.lap(h-1) {
		return &CorruptError{Lane: uint32(w.number), Position: h,
			What: fmt.Sprintf("head is %d, but the slot before it is in lap %d, want %d",
				h, w.loadWord(h-1).Lap(), w.lap(h-1))}
	}
	atomic.StoreUint64(w.head, h)
	w.next = h
	return nil
}
