package bench

import (
	"io"
	"math"
	"sync/atomic"
	"time"
)

// burst is how many messages a producer sends between two looks at the clock.
const burst = 256

// lostTail is how long a consumer waits for messages that were announced and
// do not come before it calls them missing.
const lostTail = time.Second

// produce sends as fast as the slowest consumer takes: the warm-up, then until
// the time is up.
func (r *run) produce() (outcome, error) {
	var o outcome
	if err := r.ready(); err != nil {
		return o, err
	}
	c := r.newCredit()
	if err := r.send(c, 0, r.warm); err != nil {
		return o, err
	}
	if err := r.warmed(); err != nil {
		return o, err
	}
	if r.spec.Mode == Lossy {
		c.limit = math.MaxUint64
	}
	watch := r.startWatch()
	seq := r.warm
	step := uint64(burst)
	if r.spec.Transport.blocking() {
		step = 16 // these are slow, and need the deadline sooner
	}
	o.First = now()
	for end := o.First + r.spec.Duration; now() < end; seq += step {
		if err := r.send(c, seq, seq+step); err != nil {
			return o, err
		}
	}
	r.announce(seq)
	if err := r.out.end(); err != nil {
		return o, err
	}
	watch.stop(&o)
	o.Sent, o.Retried = seq, r.out.retried()
	return o, nil
}

// credit is how far a producer may run ahead of the slowest consumer. The
// consumers' counters are looked at only when the last look is used up.
type credit struct {
	taken  []*uint64
	window uint64
	limit  uint64 // sequences below it may be sent
}

func (r *run) newCredit() *credit {
	if r.spec.Transport.blocking() {
		return &credit{limit: math.MaxUint64} // its own back-pressure
	}
	c := &credit{}
	c.window, _ = r.spec.credit()
	for i := range r.spec.Topology.Consumers {
		c.taken = append(c.taken, r.page.taken(consumerSlot(i), r.seat.Index))
	}
	return c
}

func (c *credit) refresh() {
	least := uint64(math.MaxUint64)
	for _, t := range c.taken {
		least = min(least, atomic.LoadUint64(t))
	}
	c.limit = least + c.window
}

// send puts the messages from … to-1 as credit allows.
func (r *run) send(c *credit, from, to uint64) error {
	for seq := from; seq < to; {
		if seq == c.limit {
			if c.refresh(); seq == c.limit {
				if !r.wait.pause() {
					return errStalled
				}
				continue
			}
			r.wait.reset()
		}
		n := min(to, c.limit)
		if err := r.out.put(seq, n); err != nil {
			return err
		}
		seq = n
	}
	return nil
}

// consume takes everything that all producers send and checks it.
func (r *run) consume() (outcome, error) {
	var o outcome
	if err := r.ready(); err != nil {
		return o, err
	}
	l := newLedger(r.spec.Topology.Producers)
	l.forgetful = r.spec.Mode == Lossy
	target := make([]uint64, r.spec.Topology.Producers)
	for p := range target {
		target[p] = r.warm
	}
	if err := r.receive(l, target, false); err != nil {
		return o, err
	}
	if err := r.warmed(); err != nil {
		return o, err
	}
	watch := r.startWatch()
	for p := range target {
		target[p] = math.MaxUint64
	}
	err := r.receive(l, target, true)
	o.Last = now()
	watch.stop(&o)
	if err != nil {
		return o, err
	}
	r.finals(target)
	overwritten, unavailable := r.in.loss()
	o.Counts, o.Received = l.close(target, overwritten, unavailable), l.next
	return o, r.in.audit()
}

// finalOf is the number of messages that a producer announced, or a number
// that no sequence reaches.
func (r *run) finalOf(producer int) uint64 {
	if f := atomic.LoadUint64(r.page.final(producerSlot(producer))); f > 0 {
		return f - 1
	}
	return math.MaxUint64
}

// receive takes messages until the ledger has reached the targets. With
// announced, the targets are what producers announce at their end.
func (r *run) receive(l *ledger, target []uint64, announced bool) error {
	_, every := r.spec.credit()
	blocking := r.spec.Transport.blocking()
	slot := r.seat.slot()
	var since uint64
	for {
		if blocking && l.reached(target) {
			return nil
		}
		n, err := r.in.take(l, int(every))
		if n > 0 {
			if since += uint64(n); since >= every && !blocking {
				since = 0
				for p := range target {
					// A plain store: the producer only learns that these
					// messages are done with.
					*r.page.taken(slot, p) = l.next[p]
				}
			}
			r.wait.reset()
			continue
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		ended := announced && r.finals(target)
		if ended && !l.reached(target) && r.wait.quiet() > lostTail {
			return nil // what is missing by now was lost
		}
		if l.reached(target) {
			return nil
		}
		if !r.pause(ended) {
			return errStalled
		}
	}
}
