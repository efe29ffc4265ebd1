package ring

import (
	"math"
	"sync/atomic"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring/internal/futex"
	"github.com/orbitring/orbit/ring/internal/slotcopy"
	"github.com/orbitring/orbit/ring/layout"
)

// Writer publishes into a ring as one node. One goroutine at a time may use it;
// it never waits for a reader, and for another writer only a moment.
//
// The first cache line holds all that a lane publish looks at. A streaming
// writer has stores to many slots in flight, and slots sweep over all offsets
// within a page; a load whose offset equals that of a store in flight waits for
// it, so each further line that is looked at costs.
type Writer struct {
	lane
	next   uint64  // lane topology: the next position; shared: notLane
	limit  uint64  // positions of the lane
	parked *uint64 // not 0: somebody may be parked, see wakeParked
	inline uint    // how many sizes, from slotcopy.MinInline up, publish stores itself

	ring     *Ring
	max      int // payload capacity; -1 while closed or reserved
	node     uint16
	shared   bool
	closed   bool
	fences   bool             // membarrier cannot reach this process
	patience uint32           // pauses granted to a live writer that is inside a slot
	_        [0]atomic.Uint64 // aligns the next two for 32-bit builds
	scratch  uint64           // what the fence of wakeSlow adds to
	always   uint64           // 1: where parked points if every publish has to fence
	staging  []byte           // payload of a reservation where it cannot be filled in place
	stats    WriterStats
	_        [64]byte // no neighbour in the last line
}

// notLane is next in the shared topology: it sends Publish off its fast path.
const notLane = math.MaxUint64

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
		ring: r, parked: r.wait.any, limit: r.limit,
		node: node, shared: shared, patience: patience(g), always: 1,
	}
	w.admit(int(g.Payload))
	if w.fences = !futex.Register(); w.fences {
		w.parked = &w.always
	}
	if shared {
		w.lane, w.next = r.lanes[0], notLane
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
	return w.publish(op, version, data(payload), len(payload))
}

// publishSlow is Publish for all that publish does not do.
func (w *Writer) publishSlow(op uint8, version uint64, payload []byte) (netid64.ID, error) {
	if err := w.check(len(payload)); err != nil {
		return 0, err
	}
	if w.shared {
		return w.publishShared(op, version, payload)
	}
	p := w.next
	w.next = p + 1
	w.store(p, op, version, payload, w.head)
	w.wakeParked()
	return netid64.Make(w.kind, w.number, p), nil
}

// store does write steps 2 to 5 of the lane topology; without a head, 2 to 4.
func (w *Writer) store(p uint64, op uint8, version uint64, payload []byte, head *uint64) {
	mark := uint64(layout.MakeWord(w.lap(p), layout.Writing, w.number))
	slotcopy.Publish(w.slot(p), mark, version, meta(op, len(payload)),
		data(payload), uintptr(len(payload)), head, p+1)
}

// admit sets the largest payload that the writer takes; -1: none.
func (w *Writer) admit(size int) {
	w.max, w.inline = size, 0
	if most := min(size, slotcopy.MaxInline); !w.shared && most >= slotcopy.MinInline {
		w.inline = uint(most) - slotcopy.MinInline + 1
	}
}

// PublishBatch writes messages at consecutive positions with one head update
// and returns the first id and how many were written. In the lane topology that
// is all of them. In the shared topology it is at least one, and fewer than
// asked where another writer stands in between: call again with the rest.
// Errors are those of Publish; an oversize message refuses the whole batch. On
// ErrLapped n positions were used and the detail says how many are lost.
func (w *Writer) PublishBatch(msgs []Message) (first netid64.ID, n int, err error) {
	return w.publishBatch(msgs)
}

// publishBatchSlow is PublishBatch for all that publishBatch does not do.
func (w *Writer) publishBatchSlow(msgs []Message) (first netid64.ID, n int, err error) {
	if len(msgs) == 0 {
		return 0, 0, nil
	}
	largest := 0
	for i := range msgs {
		largest = max(largest, len(msgs[i].Payload))
	}
	if err := w.check(largest); err != nil {
		return 0, 0, err
	}
	if w.shared {
		first, n, err = w.publishSharedBatch(msgs)
	} else {
		first, n, err = w.publishLaneBatch(msgs)
	}
	w.wakeParked()
	return first, n, err
}

// check says why nothing of this size can be published, if it cannot.
func (w *Writer) check(size int) error {
	switch {
	case w.closed:
		return ErrClosed
	case w.max < 0:
		return ErrReserved
	case size > w.max:
		return &PayloadError{Size: size, Limit: w.max}
	case !w.shared && w.next >= w.limit:
		return &ExhaustedError{Positions: w.limit}
	}
	return nil
}

// Close gives the node back; another writer may open it at once. A reservation
// that is still open is left as a dying writer would leave it. Calling it again
// does nothing.
func (w *Writer) Close() error {
	if w.closed {
		return nil
	}
	w.closed = true
	w.admit(-1)
	err := w.ring.region.Unlock(w.node)
	if e := w.ring.release(); err == nil {
		err = e
	}
	return err
}

// meta packs the slot header's third word: length, op, zero flags.
func meta(op uint8, n int) uint64 { return uint64(uint32(n)) | uint64(op)<<32 }
