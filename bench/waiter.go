package bench

import (
	"time"

	"github.com/orbitring/orbit/ring"
)

// A waiter is what a worker does while there is nothing to do: the spinning
// part of ring's own backoff while it has a processor to itself, then, or at
// once if it shares one, a yield to the system at every look. The runtime is
// kept out of it: Gosched on a locked thread means sleep and wake-up. It gives up when nothing moved for longer than a healthy
// run can stand still, so that a transport that loses messages ends in a
// failed sample and not in a process that spins for ever.
type waiter struct {
	crowded bool
	backoff ring.Backoff
	eager   uint32 // looks without any pause: a round trip is over in less
	looks   uint32
	total   uint64        // looks that found nothing, ever
	since   time.Duration // when it first looked at the clock, 0 = not yet
	limit   time.Duration
}

const (
	stallLimit = 5 * time.Second
	// spinLooks is how many looks in a row are spun before yielding; ring's
	// Backoff spins for longer than that.
	spinLooks = 200
	// eagerLooks is how many looks a ping-pong makes before it backs off.
	eagerLooks = 4096
	// looksAClock is how many looks lie between two readings of the clock.
	looksAClock = 512
)

func newWaiter(crowded bool) *waiter { return &waiter{crowded: crowded, limit: stallLimit} }

// reset says that something moved.
func (w *waiter) reset() {
	w.looks, w.since = 0, 0
	w.backoff.Reset()
}

// pause waits a moment. False: too long.
func (w *waiter) pause() bool {
	w.looks++
	w.total++
	switch {
	case w.looks <= w.eager && !w.crowded:
	case w.looks <= w.eager+spinLooks && !w.crowded:
		w.backoff.Pause()
	default:
		yield()
	}
	if w.looks%looksAClock != 0 {
		return true
	}
	return w.quiet() < w.limit
}

// quiet is for how long nothing has moved, roughly.
func (w *waiter) quiet() time.Duration {
	t := now()
	if w.since == 0 {
		w.since = t
	}
	return t - w.since
}
