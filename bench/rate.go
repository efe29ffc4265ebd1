package bench

import (
	"io"
	"sync/atomic"
	"time"
)

// leadTime lies between the last barrier and the first message that is due, so
// that every consumer waits when it comes.
const leadTime = 200 * time.Microsecond

// A Stall is a time in which a consumer slept because it was told to, in ns after
// the first message was due.
type Stall struct{ From, To int64 }

// offer sends by the timetable. A message that cannot go out when it is due goes
// out as soon as it can, and those behind it keep their due times: what waits in
// the producer counts as latency, as it does for whoever asked for the message.
func (r *run) offer() (outcome, error) {
	var o outcome
	if err := r.ready(); err != nil {
		return o, err
	}
	if err := r.send(r.newCredit(), 0, r.warm); err != nil {
		return o, err
	}
	if err := r.warmed(); err != nil {
		return o, err
	}
	sched, lag := r.spec.schedule(), newLatency()
	total := sched.count(r.spec.Duration)
	watch := r.startWatch()
	start := r.stamp.now() + int64(leadTime) + sched.phase(r.seat.Index, r.spec.Topology.Producers)
	atomic.StoreUint64(r.page.start(r.seat.slot()), uint64(start))
	var due int64
	for k := uint64(0); k < total; k++ {
		due = start + sched.due(k)
		lag.record(r.until(due) - due)
		if err := r.out.put(r.warm+k, r.warm+k+1); err != nil {
			return o, err
		}
	}
	o.First, o.Last = time.Duration(start), time.Duration(r.stamp.now())
	watch.stop(&o)
	o.Due = time.Duration(due)
	r.announce(r.warm + total)
	if err := r.out.end(); err != nil {
		return o, err
	}
	o.Sent, o.Retried, o.Lag = r.warm+total, r.out.retried(), lag
	return o, nil
}

// napAhead is from how far ahead a producer that shares its processor sleeps
// instead of giving it away for a turn at a time.
const napAhead = time.Millisecond

// until returns the time when the clock has reached t: at once if it has.
func (r *run) until(t int64) int64 {
	for {
		at := r.stamp.now()
		switch left := t - at; {
		case left <= 0:
			return at
		case !r.seat.Crowded: // it has nothing else to do
		case left > int64(napAhead):
			time.Sleep(time.Duration(left) - napAhead/2)
		default:
			yield()
		}
	}
}

// attend takes what comes and notes when it came.
func (r *run) attend() (outcome, error) {
	var o outcome
	if err := r.ready(); err != nil {
		return o, err
	}
	l := newLedger(r.spec.Topology.Producers)
	l.forgetful = true
	target := make([]uint64, r.spec.Topology.Producers)
	for p := range target {
		target[p] = r.warm
	}
	if err := r.receive(l, target, false); err != nil {
		return o, err
	}
	l.arrivals = r.newArrivals()
	if err := r.warmed(); err != nil {
		return o, err
	}
	watch := r.startWatch()
	var stalls staller
	if r.spec.Stall > 0 {
		stalls = staller{run: r, first: l.arrivals.starts[0]}
	}
	err := r.await(l, target, &stalls)
	o.Last = now()
	watch.stop(&o)
	if err != nil {
		return o, err
	}
	overwritten, unavailable := r.in.loss()
	o.Counts, o.Received = l.close(target, overwritten, unavailable), l.next
	o.Latency, o.Stalls = l.arrivals.times, stalls.done
	return o, r.in.audit()
}

// await takes one message at a time until every producer has ended.
func (r *run) await(l *ledger, target []uint64, stalls *staller) error {
	for {
		n, err := r.in.take(l, 1)
		switch {
		case err == io.EOF:
			r.finals(target)
			return nil
		case err != nil:
			return err
		case n > 0:
			r.wait.reset()
			if stalls.run != nil {
				stalls.look(l.arrivals.last)
			}
			continue
		}
		ended := r.finals(target)
		if ended && (l.reached(target) || r.wait.quiet() > lostTail) {
			return nil
		}
		if !r.pause(ended) {
			return errStalled
		}
	}
}

func (r *run) newArrivals() *arrivals {
	n := r.spec.Topology.Producers
	a := &arrivals{
		clock: r.stamp, sched: r.spec.schedule(), warm: r.warm,
		begun: make([]int64, n), times: newLatency(),
	}
	for p := range n {
		a.starts = append(a.starts, r.page.start(producerSlot(p)))
	}
	return a
}

// A staller makes its consumer sleep now and then: the first time half of
// StallEvery after the first message was due.
type staller struct {
	run   *run
	first *uint64
	next  int64
	done  []Stall
}

// look sleeps if it is time to.
func (s *staller) look(at int64) {
	start := int64(atomic.LoadUint64(s.first))
	if s.next == 0 {
		s.next = start + int64(s.run.spec.StallEvery)/2
	}
	if at < s.next {
		return
	}
	s.next += int64(s.run.spec.StallEvery)
	from := s.run.stamp.now()
	time.Sleep(s.run.spec.Stall)
	s.done = append(s.done, Stall{from - start, s.run.stamp.now() - start})
}
