package ring

import (
	"sync/atomic"

	"github.com/orbitring/orbit/ring/layout"
)

// Word returns what the slot of a position holds at this moment, for
// inspection; 0 for a lane that does not exist or a closed ring.
func (r *Ring) Word(lane int, position uint64) layout.Word {
	if r.isClosed() || uint(lane) >= uint(len(r.lanes)) {
		return 0
	}
	return r.lanes[lane].loadWord(position)
}

// WaitState is what the wait group of a ring says, see package layout.
type WaitState struct {
	Waiters bool   // readers may be parked
	Fence   bool   // some reader cannot use membarrier, so every publish fences
	Wakes   uint32 // times that a publisher woke readers, modulo 2^32
}

// WaitState returns who waits at this moment, for inspection.
func (r *Ring) WaitState() WaitState {
	if r.isClosed() {
		return WaitState{}
	}
	return WaitState{
		Waiters: atomic.LoadUint32(r.wait.waiters) != 0,
		Fence:   atomic.LoadUint32(r.wait.fence) != 0,
		Wakes:   atomic.LoadUint32(r.wait.wake),
	}
}
