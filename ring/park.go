package ring

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/orbitring/orbit/ring/internal/futex"
)

const (
	// pendingSlice bounds a sleep while a claimed position holds the cursor up: its
	// writer may die, and nobody tells.
	pendingSlice = 5 * time.Millisecond
	// blindSlice bounds it where cancelling cannot wake the reader
	// (futex_waitv is refused), or the first fence of publishers may be late.
	blindSlice = 2 * time.Millisecond
	// firstNap and lastNap bound the sleep between looks where nothing at all
	// can wake it: an observer, which must not write, or a system without futex.
	firstNap = 50 * time.Microsecond
	lastNap  = time.Millisecond
)

// park sleeps until there is a frame or ctx ends.
//
//  1. Load wake.
//  2. Announce: store waiters = 1.
//  3. Fence, on every publisher too: membarrier. Where that is refused, ask
//     publishers to fence from now on, and sleep short.
//  4. Look again. A frame: done. The announcement stays, and costs the next
//     publisher one needless wake; others may be parked on it.
//  5. Sleep while wake is what step 1 loaded, for a slice at most.
//  6. Look. A frame: done; announcing again first would cost this reader a
//     membarrier and the next publisher a needless wake. None: back to 1.
func (c *Cursor) park(ctx context.Context) error {
	if c.ring.region.ReadOnly() || !futex.Has(futex.Wait) {
		return c.parkBlind(ctx)
	}
	var cancelled *uint32
	if ctx.Done() != nil && futex.Has(futex.WaitTwo) {
		cancelled = new(uint32)
		stop := context.AfterFunc(ctx, func() {
			atomic.StoreUint32(cancelled, 1)
			futex.WakePrivate(cancelled)
		})
		defer stop()
	}
	g := &c.ring.wait
	for {
		wake := atomic.LoadUint32(g.wake) // order: announce
		atomic.StoreUint32(g.waiters, 1)  // order: announce
		slice := futex.Slice
		if !futex.Fence() { // order: park
			if atomic.SwapUint32(g.fence, 1) == 0 {
				slice = blindSlice
			}
		}
		if c.ready() { // order: park
			return nil
		}
		if c.need == closedNeed {
			return ErrClosed
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if c.pendingNow() {
			slice = min(slice, pendingSlice)
		}
		var err error
		switch {
		case cancelled != nil:
			err = futex.SleepTwo(g.wake, wake, cancelled, 0, slice)
		case ctx.Done() != nil:
			err = futex.Sleep(g.wake, wake, min(slice, blindSlice))
		default:
			err = futex.Sleep(g.wake, wake, slice)
		}
		if err != nil {
			return c.parkBlind(ctx)
		}
		if c.ready() {
			return nil
		}
	}
}

// parkBlind looks, sleeps, and looks again, at longer and longer intervals.
func (c *Cursor) parkBlind(ctx context.Context) error {
	for d := firstNap; ; d = min(2*d, lastNap) {
		if c.ready() {
			return nil
		}
		if c.need == closedNeed {
			return ErrClosed
		}
		if err := nap(ctx, d); err != nil {
			return err
		}
	}
}

// pendingNow says that a claimed position holds the cursor up.
func (c *Cursor) pendingNow() bool {
	return c.shared && c.lanes[0].pending.pos == c.lanes[0].pos && c.lanes[0].pending.word != 0
}
