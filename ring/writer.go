package ring

import (
	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring/internal/futex"
	"github.com/orbitring/orbit/ring/internal/slotcopy"
	"github.com/orbitring/orbit/ring/layout"
)

// Writer publishes into a ring as one node. One goroutine at a time may use it;
// it never waits for a reader, and for another writer only a moment.
type Writer struct {
	lane
	ring     *Ring
	parked   *uint64 // the wait group's first word: not 0, somebody may be parked
	next     uint64  // lane topology: the next position, ahead of or equal to head
	limit    uint64  // positions of the lane
	max      int     // payload capacity; -1 while closed or reserved
	node     uint16
	kind     uint8
	shared   bool
	closed   bool
	fences   bool   // membarrier cannot reach this process
	patience uint32 // pauses granted to a live writer that is inside a slot
	scratch  uint64 // takes the head stores inside a batch
	staging  []byte // payload of a reservation where it cannot be filled in place
	stats    WriterStats
}

// WriterStats counts what a writer met beside its own frames. In the lane
// topology all stay 0.
type WriterStats struct {
	Lost      uint64 // own frames lapped while publishing
	Holes     uint64 // positions declared holes because a live writer was inside the slot
	Takeovers uint64 // slots taken over from dead writers
	Swept     uint64 // slots that an earlier life of this node had left behind
}

// Writer makes the caller node's writer. It fails with ErrNodeHeld while a live
// writer of any process has the node, ErrNode when the lane topology has no
// lane for it, ErrReadOnly on an observer's region, ErrCorrupt when the lane
// contradicts itself. What an earlier life of the node left half done is put in
// order first, at the cost of one pass over the slots.
func (r *Ring) Writer(node uint16) (*Writer, error) {
	g := r.id.Geometry
	shared := g.Topology == layout.Shared
	switch {
	case r.region.ReadOnly():
		return nil, ErrReadOnly
	case !shared && uint32(node) >= g.Lanes:
		return nil, &NodeError{Node: uint64(node), Lanes: g.Lanes}
	}
	if err := r.hold(); err != nil {
		return nil, err
	}
	ok, err := r.region.TryLock(node)
	if err == nil && !ok {
		err = &NodeHeldError{Kind: r.id.Kind, Node: node}
	}
	if err != nil {
		r.release()
		return nil, err
	}
	w := &Writer{
		ring: r, parked: r.wait.any, limit: r.limit, max: int(g.Payload),
		node: node, kind: r.id.Kind, shared: shared,
		patience: patience(g), fences: !futex.Register(),
	}
	if shared {
		w.lane = r.lanes[0]
		w.sweep()
	} else {
		w.lane = r.lanes[node]
		err = w.succeed()
	}
	if err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// patience is how many pauses a live writer that is inside a slot is given:
// well under a microsecond for a small frame, because a writer that is not done
// by then was preempted and is gone for milliseconds; more for the time that
// copying a large payload takes.
func patience(g layout.Geometry) uint32 { return 8 + g.Payload/512 }

// Node returns the node that the writer publishes as.
func (w *Writer) Node() uint16 { return w.node }

// Stats returns the counts so far.
func (w *Writer) Stats() WriterStats { return w.stats }

// Publish writes one frame and returns its id. payload may be empty and is not
// kept. Errors: ErrPayload, ErrClosed, ErrReserved, ErrExhausted; in the shared
// topology also ErrLapped (the frame is lost, publish again), ErrAllStopped
// (after 100 ms or more) and ErrCorrupt. Nothing is allocated.
func (w *Writer) Publish(op uint8, version uint64, payload []byte) (netid64.ID, error) {
	if len(payload) > w.max || w.next >= w.limit {
		return 0, w.refuse(len(payload))
	}
	if w.shared {
		return w.publishShared(op, version, payload)
	}
	p := w.next
	mark := layout.MakeWord(w.lap(p), layout.Writing, w.node)
	slotcopy.Publish(w.slot(p), uint64(mark), version, meta(op, len(payload)),
		data(payload), uintptr(len(payload)), w.head, p+1) // write steps 2 to 5
	w.next = p + 1
	w.wakeParked()
	return netid64.Make(w.kind, w.node, p), nil
}

// PublishBatch writes messages at consecutive positions with one head update
// and returns the first id and how many were written. In the lane topology that
// is all of them. In the shared topology it is at least one, and fewer than
// asked where another writer stands in between: call again with the rest.
// Errors are those of Publish; an oversize message refuses the whole batch. On
// ErrLapped n positions were used and the detail says how many are lost.
func (w *Writer) PublishBatch(msgs []Message) (first netid64.ID, n int, err error) {
	if len(msgs) == 0 {
		return 0, 0, nil
	}
	largest := 0
	for i := range msgs {
		largest = max(largest, len(msgs[i].Payload))
	}
	if largest > w.max || w.next >= w.limit {
		return 0, 0, w.refuse(largest)
	}
	if w.shared {
		first, n, err = w.publishSharedBatch(msgs)
	} else {
		first, n, err = w.publishLaneBatch(msgs)
	}
	w.wakeParked()
	return first, n, err
}

// refuse says why nothing can be published.
func (w *Writer) refuse(size int) error {
	switch {
	case w.closed:
		return ErrClosed
	case w.max < 0:
		return ErrReserved
	case size > w.max:
		return &PayloadError{Size: size, Limit: w.max}
	default:
		return &ExhaustedError{Positions: w.limit}
	}
}

// Close gives the node back; another writer may open it at once. A reservation
// that is still open is left as a dying writer would leave it. Calling it again
// does nothing.
func (w *Writer) Close() error {
	if w.closed {
		return nil
	}
	w.closed, w.max = true, -1
	err := w.ring.region.Unlock(w.node)
	if e := w.ring.release(); err == nil {
		err = e
	}
	return err
}

// meta packs the slot header's third word: length, op, zero flags.
func meta(op uint8, n int) uint64 { return uint64(uint32(n)) | uint64(op)<<32 }
