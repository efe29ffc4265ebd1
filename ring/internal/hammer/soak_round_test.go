//go:build linux

package hammer

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/orbitring/orbit/internal/proctest"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// seat is a place among the processes of a round. Who is killed there is
// followed by another.
type seat struct {
	*proctest.Child
	book    *book
	style   string // of a reader, "" of a writer
	node    int    // of a writer
	stall   time.Duration
	life    uint64
	stopped bool
	until   time.Time // when a stopped process goes on
}

// soakRound is one run of a plan in this process's hands.
type soakRound struct {
	round
	plan  soakPlan
	rng   *rand.Rand
	seats []*seat
	sum   soakSum
}

// run plays a plan and returns what was seen.
func (p soakPlan) run(t *testing.T) soakSum {
	t.Helper()
	lanes := uint32(1)
	if p.topology == layout.Lane {
		lanes = uint32(p.writers)
	}
	r := soakRound{plan: p, rng: rand.New(rand.NewPCG(p.seed, uint64(p.number)<<32))}
	r.round = round{T: t, hammer: hammer{name: p.String(), topology: p.topology, capacity: p.capacity, writers: p.writers}, name: newName(t)}
	var err error
	if r.region, err = shm.Open(r.round.name, shape(p.topology, lanes, p.capacity, p.payload), shm.Options{}); err != nil {
		t.Fatal(err)
	}
	if r.ring, err = ring.Open(r.region); err != nil {
		t.Fatal(err)
	}
	defer r.ring.Close()
	for i, style := range p.styles {
		r.take(&seat{style: style, stall: p.stalls[i]})
	}
	for node := range p.writers {
		r.take(&seat{node: node})
	}
	defer func() {
		for _, s := range r.seats {
			s.book.close()
		}
	}()
	r.disturb()
	r.end()
	r.examine()
	return r.sum
}

// take seats the first process of a seat.
func (r *soakRound) take(s *seat) {
	var err error
	if s.book, err = newBook(); err != nil {
		r.Fatal(err)
	}
	r.seats = append(r.seats, s)
	r.seat(s)
}

// seat starts the next process of a seat. It begins at once, without a word.
func (r *soakRound) seat(s *seat) {
	s.life++
	seed := r.rng.Uint64()
	files := []*os.File{s.book.file}
	if s.style != "" {
		s.Child = proctest.StartWith(r.T, files, "soak reader", order(readerOrder{
			Name: r.round.name, Nodes: r.plan.writers, Style: s.style, Stall: s.stall, Seed: seed}))
		return
	}
	s.Child = proctest.StartWith(r.T, files, "soak writer", order(writerOrder{
		Name: r.round.name, Node: uint16(s.node), Life: s.life, Resets: s.node == 0, Seed: seed}))
}

// disturb kills and stops whomever it likes until the round is over.
func (r *soakRound) disturb() {
	for end := time.Now().Add(r.plan.length); time.Now().Before(end); {
		time.Sleep(time.Duration(r.rng.ExpFloat64() * float64(r.plan.pause)))
		r.resumeDue(time.Now())
		s := r.seats[r.rng.IntN(len(r.seats))]
		if r.rng.IntN(2) == 0 {
			r.kill(s)
		} else if !s.stopped {
			r.stop(s)
		}
	}
}

// kill ends a process, whether it runs or is stopped, and seats the next.
func (r *soakRound) kill(s *seat) {
	s.Kill()
	r.sum.kills++
	if s.style != "" {
		r.sum.readerKills++
	}
	if s.stopped {
		s.stopped = false
		r.sum.stoppedKills++
	}
	r.seat(s)
}

func (r *soakRound) stop(s *seat) {
	s.Stop()
	r.sum.stops++
	s.stopped, s.until = true, time.Now().Add(time.Duration(r.rng.ExpFloat64()*float64(r.plan.hold)))
}

func (r *soakRound) resumeDue(now time.Time) {
	for _, s := range r.seats {
		if s.stopped && now.After(s.until) {
			s.stopped = false
			s.Resume()
		}
	}
}

// end lets everybody finish: first the writers, then the readers, which read the
// rest.
func (r *soakRound) end() {
	r.resumeDue(time.Now().Add(365 * 24 * time.Hour))
	for _, writers := range []bool{true, false} {
		for _, s := range r.seats {
			if (s.style == "") == writers {
				s.Say("end")
			}
		}
		for _, s := range r.seats {
			if (s.style == "") == writers {
				s.Expect("done")
				s.Leave()
			}
		}
	}
}

// examine holds the books against each other, and looks at the idle ring.
func (r *soakRound) examine() {
	c := newComparison(r.plan.topology == layout.Shared)
	for i, s := range r.seats {
		r.sum.count(s.book)
		c.read(i, s.book)
	}
	r.sum.samples += uint64(c.samples)
	var all reports
	r.inspect(&all)
	for _, head := range all.head {
		r.sum.laps += head / r.capacity
	}
	for _, what := range append(c.contradictions, all.tail.Notes...) {
		r.sum.blame("%s", what)
	}
	for _, what := range all.unsettled {
		r.sum.blame("%s", what)
	}
	if what := all.tailMisses(); what != "" {
		r.sum.blame("%s", what)
	}
	if r.sum.violations > 0 {
		r.Errorf("soak: %d violations in round %d: %v\n%s\nrepeat with: %s", r.sum.violations, r.plan.number, r.plan, r.sum.text(), r.plan.again())
	}
}
