package bench

import (
	"context"
	"math"
	"os"
	"sync/atomic"
	"time"
)

// A run is one seat's part in one sample.
type run struct {
	page  page
	spec  Spec
	seat  seat
	party []int
	gen   uint64
	warm  uint64
	wait  *waiter
	stamp stamper
	heap  uint64 // objects made by the end of the warm-up

	out outlet
	in  inlet

	sleeper *ringIn // that waits as a user's cursor would, nil for the harness's looks
	patient context.Context
	cancel  context.CancelFunc
}

// An outlet is where a producer puts its messages. put seals and sends the
// messages from … to-1; the loop over messages is the transport's own, so that
// nothing of the harness stands between two of them. end says that nothing
// more will come, after the final count was announced.
type outlet interface {
	put(from, to uint64) error
	retried() uint64
	end() error
	close() error
}

// An inlet is where a consumer takes messages. take enters up to most of them
// into the ledger and returns how many there were: 0 when there is none yet.
// Blocking transports wait for one, and return io.EOF after the last. loss is
// what the transport itself says was lost, and audit what is wrong with its
// own account, if anything.
type inlet interface {
	take(l *ledger, most int) (int, error)
	loss() (overwritten, unavailable uint64)
	audit() error
	close() error
}

// open makes the ends of the transport that this seat needs. files come in the
// order in which lay hands them out.
func (r *run) open(files []*os.File, shared *channels) error {
	var err error
	sends := !r.seat.Consumer || r.spec.Mode == PingPong
	takes := r.seat.Consumer || r.spec.Mode == PingPong
	switch {
	case r.spec.Transport.IsRing():
		if sends {
			node := uint16(0)
			if r.spec.Mode != PingPong {
				node = uint16(r.seat.Index)
			}
			if r.out, err = newRingOut(r.spec, r.producer(), node, files[0]); err != nil {
				return err
			}
		}
		if takes {
			in, err := newRingIn(r.spec, files[len(files)-1])
			if err != nil {
				return err
			}
			r.in = in
			if r.spec.Wait != Looks {
				r.sleepIn(in)
			}
		}
	case r.spec.Transport == Channel:
		if sends {
			r.out = shared.out(r.spec, r.seat)
		}
		if takes {
			r.in = shared.in(r.spec, r.seat)
		}
	default:
		makeOut, makeIn := newFileOut, newFileIn
		if r.spec.Transport == Queue {
			makeOut, makeIn = newMQOut, newMQIn
		}
		if sends {
			n := len(files)
			if takes {
				n--
			}
			r.out = makeOut(r.spec, r.producer(), files[:n])
		}
		if takes {
			r.in = makeIn(r.spec, files[len(files)-1])
		}
	}
	return err
}

// sleepIn lets the seat wait in its cursor, for the run and what a healthy one can
// be late. Like most users it can be cancelled.
func (r *run) sleepIn(in *ringIn) {
	r.sleeper = in
	r.patient, r.cancel = context.WithTimeout(context.Background(), r.spec.Duration+2*stallLimit)
}

// pause waits for a message, or a moment: at the end of a run nothing more may
// come to wake a sleeper. False: too long.
func (r *run) pause(ended bool) bool {
	if r.sleeper == nil || ended {
		return r.wait.pause()
	}
	r.wait.total++
	return r.sleeper.cursor.Wait(r.patient) == nil
}

// finals notes what producers announced as their ends, and says whether all did.
func (r *run) finals(target []uint64) bool {
	all := true
	for p := range target {
		target[p] = r.finalOf(p)
		all = all && target[p] != math.MaxUint64
	}
	return all
}

func (r *run) close() {
	if r.cancel != nil {
		r.cancel()
	}
	if r.out != nil {
		r.out.close()
	}
	if r.in != nil {
		r.in.close()
	}
}

// producer is the number under which this seat seals its messages: in a
// ping-pong the answering consumer is producer 1.
func (r *run) producer() uint8 {
	if r.seat.Consumer {
		return 1
	}
	return uint8(r.seat.Index)
}

// ready empties this seat's words of the page and meets the others.
func (r *run) ready() error {
	slot := r.seat.slot()
	atomic.StoreUint64(r.page.final(slot), 0)
	atomic.StoreUint64(r.page.start(slot), 0)
	for p := range MaxSide {
		atomic.StoreUint64(r.page.taken(slot, p), 0)
	}
	return r.page.meet(slot, r.party, r.gen, r.wait)
}

// warmed meets the others once more, with the warm-up behind everyone.
func (r *run) warmed() error {
	r.heap = r.objects()
	return r.page.meet(r.seat.slot(), r.party, r.gen+1, r.wait)
}

// announce says how many messages this seat has sent in all.
func (r *run) announce(sent uint64) {
	atomic.StoreUint64(r.page.final(r.seat.slot()), sent+1)
}

// A stopwatch takes the processor time beside the wall time,
// and counts the looks that were in vain.
type stopwatch struct {
	run       *run
	idle      uint64
	ran, wall time.Duration
}

func (r *run) startWatch() stopwatch {
	return stopwatch{r, r.wait.total, threadTime(), now()}
}

func (s stopwatch) stop(o *outcome) {
	o.Ran, o.Wall = threadTime()-s.ran, now()-s.wall
	o.Idle = s.run.wait.total - s.idle
	o.Allocs = s.run.objects() - s.run.heap
}

// floor runs one side of the floor.
func (r *run) floor(mem []byte, o order) (outcome, error) {
	var out outcome
	if err := r.ready(); err != nil {
		return out, err
	}
	if r.seat.Consumer {
		for p := range o.Spec.Topology.Producers {
			r.floorCredit(mem, p, o.From)
		}
	}
	watch := r.startWatch()
	if err := r.warmed(); err != nil {
		return out, err
	}
	out.First = now()
	switch o.Spec.Mode {
	case Wake:
		out.Latency = r.floorWake(mem, o.From, o.To)
	case apartMode:
		out.Apart = r.floorApart(mem, o.From, o.To)
	default:
		r.runFloor(mem, o)
	}
	out.Last = now()
	watch.stop(&out)
	out.Sent = o.To - o.From
	return out, nil
}
