package bench

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

const (
	// dozeTime is what consumers get to fall asleep after a message. They are
	// seen to have slept by what the kernel counts, not by this.
	dozeTime = 250 * time.Microsecond
	// leastAsleep is the part of the messages that must have found every
	// consumer asleep.
	leastAsleep = 0.9
)

// rouse sends one message at a time, when every consumer has had the one before
// and the time to fall asleep.
func (r *run) rouse() (outcome, error) {
	var o outcome
	if err := r.ready(); err != nil {
		return o, err
	}
	seq := uint64(0)
	next := func() error {
		for i := range r.spec.Topology.Consumers {
			taken := r.page.taken(consumerSlot(i), 0)
			for atomic.LoadUint64(taken) < seq {
				if !r.wait.pause() {
					return errStalled
				}
			}
		}
		r.wait.reset()
		r.until(r.stamp.now() + int64(dozeTime))
		atomic.StoreUint64(r.page.start(r.seat.slot()), uint64(r.stamp.now()))
		seq++
		return r.out.put(seq-1, seq)
	}
	for seq < r.warm {
		if err := next(); err != nil {
			return o, err
		}
	}
	if err := r.warmed(); err != nil {
		return o, err
	}
	o.First = now()
	for end := o.First + r.spec.Duration; now() < end; {
		if err := next(); err != nil {
			return o, err
		}
	}
	o.Last = now()
	r.announce(seq)
	o.Sent = seq
	return o, r.out.end()
}

// doze takes messages, sleeping before each as its transport does.
func (r *run) doze() (outcome, error) {
	var o outcome
	if err := r.ready(); err != nil {
		return o, err
	}
	l := newLedger(1)
	took := r.page.taken(r.seat.slot(), 0)
	started := r.page.start(producerSlot(0))
	times := newLatency()
	var slept uint64
	for {
		n, err := r.in.take(l, 1)
		switch {
		case err == io.EOF:
		case err != nil:
			return o, err
		case n > 0 && l.next[0] != atomic.LoadUint64(took):
			if at := r.stamp.seen(); l.next[0] > r.warm {
				times.record(at - int64(atomic.LoadUint64(started)))
			}
			atomic.StoreUint64(took, l.next[0])
			if l.next[0] == r.warm {
				if err := r.warmed(); err != nil {
					return o, err
				}
				slept = switches()
			}
			continue
		default:
			if ended := r.finalOf(0) <= l.next[0]; !ended {
				if !r.pause(false) {
					return o, errStalled
				}
				continue
			}
		}
		break
	}
	o.Last = now()
	o.Slept = switches() - slept
	overwritten, unavailable := r.in.loss()
	o.Counts = l.close([]uint64{r.finalOf(0)}, overwritten, unavailable)
	o.Latency = times
	return o, r.in.audit()
}

// asleep says whether consumers slept when messages came.
func asleep(seats []seat, outcomes []outcome) error {
	for i, o := range outcomes {
		if !seats[i].Consumer || !countsSwitches {
			continue
		}
		if n := o.Latency.Count(); float64(o.Slept) < leastAsleep*float64(n) {
			return fmt.Errorf("%w: %w", errFail, missed(fmt.Sprintf(
				"consumer %d slept %d times for %d messages: they did not all find it asleep", seats[i].Index, o.Slept, n)))
		}
	}
	return nil
}
