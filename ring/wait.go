package ring

import (
	"context"
	"time"
)

// Strategy says how a cursor waits.
type Strategy uint8

const (
	// Auto spins some 20 µs, yields a few times, then parks: low latency while
	// frames come fast, no CPU while they do not.
	Auto Strategy = iota
	// Spin never leaves the CPU: the lowest latency, one core per reader.
	Spin
	// Yield spins, then yields the CPU between looks: for more processes than
	// cores.
	Yield
	// Park sleeps in the kernel at once.
	Park
)

func (s Strategy) String() string {
	switch s {
	case Auto:
		return "auto"
	case Spin:
		return "spin"
	case Yield:
		return "yield"
	case Park:
		return "park"
	}
	return "unknown"
}

// yieldsBeforePark is how often Auto yields before it parks.
const yieldsBeforePark = 8

// SetWait sets how Wait waits; a new cursor has Auto.
func (c *Cursor) SetWait(s Strategy) { c.wait = s }

// Wait returns nil as soon as Next has something to deliver, ctx.Err() when ctx
// ends first, ErrClosed after Close. Positions without a frame are passed and
// counted on the way. A publish wakes all that are parked; one whose publisher
// dies between commit and wake is found within 100 ms.
func (c *Cursor) Wait(ctx context.Context) error {
	if c.ready() {
		return nil
	}
	if c.need == closedNeed {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	b := Backoff{spinOnly: c.wait == Spin}
	for c.wait != Park && (c.wait != Auto || b.rounds < spinRounds+yieldsBeforePark) {
		b.Pause()
		if c.ready() {
			return nil
		}
		if b.rounds%16 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	return c.park(ctx)
}

// ready says that Next has a frame. On a closed cursor it never does.
func (c *Cursor) ready() bool {
	if c.need == closedNeed {
		return false
	}
	budget := stepBudget
	for i := range c.lanes {
		if c.advance(&c.lanes[i], &budget) {
			return true
		}
	}
	return false
}

// nap sleeps between looks where nothing can wake the reader.
func nap(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
