package bridge

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/ring"
)

// lull is how an exporter waits for frames. While they come often it naps, and
// never parks: a parked reader makes the next publisher wake it by a system call,
// which is the one thing by which a bridge could be felt in its fleet, and it
// holds one of this process's processors until the scheduler notices. Only when
// nothing has come for a while does it park, so that an idle bridge costs nothing.
type lull struct {
	since time.Time
	nap   time.Duration
}

const (
	firstNap  = 50 * time.Microsecond
	lastNap   = time.Millisecond
	parkAfter = time.Second
)

// end says that there was a frame.
func (l *lull) end() { *l = lull{} }

// wait waits for a moment, or for the next frame, or until ctx ends, at most for
// a time. An error is of the cursor.
func (l *lull) wait(ctx context.Context, c *ring.Cursor, longest time.Duration) error {
	switch {
	case l.nap == 0:
		l.since, l.nap = time.Now(), firstNap
	case time.Since(l.since) > parkAfter:
		ctx, cancel := context.WithTimeout(ctx, longest)
		defer cancel()
		c.SetWait(ring.Park)
		if err := c.Wait(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		return nil
	default:
		l.nap = min(2*l.nap, lastNap)
	}
	nap(min(l.nap, longest)) // too short to look at ctx
	return nil
}

// nap sleeps in the kernel: a timer of the Go scheduler is late by up to a
// millisecond in a process that has nothing else to do.
func nap(d time.Duration) {
	t := unix.NsecToTimeval(int64(d))
	unix.Select(0, nil, nil, nil, &t) // interrupted: a shorter nap
}
