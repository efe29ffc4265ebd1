package bench

import (
	"io"
	"math"
)

// stampEvery is how many round trips a stamped one stands for; two stamps cost
// as much as a tenth of a fast round trip, so most go unstamped.
const stampEvery = 64

// serve sends a message and waits for the answer, again and again.
func (r *run) serve() (outcome, error) {
	var o outcome
	if err := r.ready(); err != nil {
		return o, err
	}
	r.wait.eager = eagerLooks
	l := newLedger(2)
	seq := uint64(0)
	for ; seq < r.warm; seq++ {
		if err := r.exchange(l, seq); err != nil {
			return o, err
		}
	}
	if err := r.warmed(); err != nil {
		return o, err
	}
	every := uint64(stampEvery)
	if r.spec.Transport.blocking() {
		every = 1
	}
	ticks := make([]uint64, 0, 1<<16)
	watch := r.startWatch()
	o.First = now()
	for end := o.First + r.spec.Duration; now() < end; {
		begin := r.stamp.read()
		if err := r.exchange(l, seq); err != nil {
			return o, err
		}
		if lap := r.stamp.read() - begin; len(ticks) < cap(ticks) {
			ticks = append(ticks, lap)
		}
		seq++
		for range every - 1 {
			if err := r.exchange(l, seq); err != nil {
				return o, err
			}
			seq++
		}
	}
	o.Last = now()
	watch.stop(&o)
	r.announce(seq)
	if err := r.out.end(); err != nil {
		return o, err
	}
	o.Sent, o.Retried = seq, r.out.retried()
	overwritten, unavailable := r.in.loss()
	o.Counts = l.close([]uint64{0, seq}, overwritten, unavailable)
	o.Laps = make([]float64, len(ticks))
	for i, t := range ticks {
		o.Laps[i] = float64(t) / r.stamp.TicksPerNano
	}
	return o, r.in.audit()
}

// exchange is one round trip.
func (r *run) exchange(l *ledger, seq uint64) error {
	if err := r.out.put(seq, seq+1); err != nil {
		return err
	}
	for {
		n, err := r.in.take(l, 1)
		switch {
		case n > 0:
			r.wait.reset()
			return nil
		case err == io.EOF:
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		case !r.wait.pause():
			return errStalled
		}
	}
}

// answer sends every message back, under its own name and with its own proof,
// until the other side has ended.
func (r *run) answer() (outcome, error) {
	var o outcome
	if err := r.ready(); err != nil {
		return o, err
	}
	r.wait.eager = eagerLooks
	l := newLedger(1)
	watch := r.startWatch()
	seq, met := uint64(0), false
	for {
		if !met && seq == r.warm {
			if err := r.warmed(); err != nil {
				return o, err
			}
			met, watch = true, r.startWatch()
		}
		n, err := r.in.take(l, 1)
		switch {
		case n > 0:
			if err := r.out.put(seq, seq+1); err != nil {
				return o, err
			}
			seq++
			r.wait.reset()
			continue
		case err == io.EOF:
		case err != nil:
			return o, err
		case l.next[0] < r.finalOf(0):
			if !r.wait.pause() {
				return o, errStalled
			}
			if r.finalOf(0) == math.MaxUint64 || r.wait.quiet() < lostTail {
				continue
			}
		}
		break
	}
	watch.stop(&o)
	o.Last = now()
	o.Sent = seq
	overwritten, unavailable := r.in.loss()
	o.Counts = l.close([]uint64{r.finalOf(0)}, overwritten, unavailable)
	return o, r.in.audit()
}
