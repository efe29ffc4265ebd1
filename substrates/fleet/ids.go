package fleet

import (
	"sync/atomic"

	"github.com/orbitring/orbit/netid64"
)

// idBlock is what the id counters of a node take in the roll's aux area: a u64
// for every kind, initially 0, the counter of the next id. Only the process
// that holds the node adds to them, and a node has one holder, so an id that was
// handed out is never handed out again, however its process ends.
const idBlock = 256 * 8

type idCounters [256]uint64

// NextID hands out an id of this kind and node for what the caller wants to
// name. Those of one kind and node ascend by one from counter 0. None is handed
// out twice, by whatever process, as long as the fleet's segments exist: until
// somebody removes them, or the host restarts. They are apart from the ids of
// frames, which count positions in a ring. Any goroutine may call it; it costs
// one locked instruction. Errors: ErrKind for 0, ErrSpent after 2^40 ids,
// ErrClosed.
func (f *Fleet) NextID(kind uint8) (netid64.ID, error) {
	if kind == 0 {
		return 0, userKind(kind)
	}
	if f.closed.Load() {
		return 0, ErrClosed
	}
	counter := &f.ids[kind]
	if atomic.LoadUint64(counter) > netid64.CounterMask {
		return 0, &SpentError{Kind: kind, Node: f.node}
	}
	n := atomic.AddUint64(counter, 1) - 1
	if n > netid64.CounterMask {
		return 0, &SpentError{Kind: kind, Node: f.node}
	}
	return netid64.Make(kind, f.node, n), nil
}

// NextID hands out an id of this kind and node: see Fleet.NextID.
func (a *Family) NextID() (netid64.ID, error) { return a.fleet.NextID(a.kind) }
