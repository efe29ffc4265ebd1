package ring

import (
	"sync/atomic"

	"github.com/orbitring/orbit/ring/internal/futex"
)

// wakeParked wakes the parked readers, if any. It comes after every commit and
// costs one plain load while nobody is parked.
//
//	order: park   The commit must be visible before waiters is loaded, or a reader
//	              that announces itself in between sleeps through the frame. The
//	              reader supplies that fence, with membarrier, for both sides;
//	              only where it cannot does the publisher fence.
func (w *Writer) wakeParked() {
	if w.anyParked() {
		w.wakeSlow()
	}
}

// anyParked says that somebody may be parked: the one load.
func (w *Writer) anyParked() bool { return atomic.LoadUint64(w.parked) != 0 } // order: park

// wakeSlow takes waiters down before it moves wake on. A reader loads wake
// before it announces itself, so one whose announcement was taken down finds
// wake changed and does not sleep; the other way round it could be forgotten.
func (w *Writer) wakeSlow() {
	g := &w.ring.wait
	if w.fences || atomic.LoadUint32(g.fence) != 0 {
		atomic.AddUint64(&w.scratch, 1) // a locked instruction is a full fence
	}
	if atomic.LoadUint32(g.waiters) == 0 { // order: park
		return
	}
	atomic.StoreUint32(g.waiters, 0) // order: announce
	atomic.AddUint32(g.wake, 1)      // order: announce
	futex.WakeAll(g.wake)
}
