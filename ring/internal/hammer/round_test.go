//go:build linux

package hammer

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/orbitring/orbit/internal/proctest"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// round is one run of a case in this process's hands.
type round struct {
	*testing.T
	hammer
	*tally
	name    string
	ring    *ring.Ring
	region  *shm.Segment
	writers []*proctest.Child
	readers []*proctest.Child
	life    uint64
}

// round runs the processes of a case for a slice of time and judges what they
// report.
func (h hammer) round(t *testing.T, slice time.Duration, s *tally) {
	t.Helper()
	r := round{T: t, hammer: h, tally: s, name: newName(t), life: 1}
	lanes := uint32(1)
	if h.topology == layout.Lane {
		lanes = uint32(h.writers)
	}
	var err error
	if r.region, err = shm.Open(r.name, shape(h.topology, lanes, h.capacity, h.payload), shm.Options{}); err != nil {
		t.Fatal(err)
	}
	if r.ring, err = ring.Open(r.region); err != nil {
		t.Fatal(err)
	}
	defer r.ring.Close()
	for _, style := range h.styles {
		r.readers = append(r.readers, proctest.Start(t, "reader", order(readerOrder{Name: r.name, Nodes: h.writers, Style: style})))
	}
	for node := range h.writers {
		r.writers = append(r.writers, r.startWriter(node))
	}
	for _, c := range slices.Concat(r.readers, r.writers[:h.writers-1]) {
		c.Expect("ready")
	}
	r.writers[h.writers-1].Expect("ready")
	for _, c := range slices.Concat(r.readers, r.writers) {
		c.Say("go")
	}
	r.disturb(slice)
	r.judge(r.collect())
	s.rounds++
}

func (r *round) startWriter(node int) *proctest.Child {
	last := node == r.hammer.writers-1
	o := writerOrder{Name: r.name, Node: uint16(node), Life: r.life, Resets: node == 0}
	if last {
		o.Break = r.breaks
	}
	return proctest.Start(r.T, "writer", order(o))
}

// disturb kills or stops the last writer again and again until the slice is
// over; without that it just lets it pass.
func (r *round) disturb(slice time.Duration) {
	over := time.After(slice)
	if !r.hammer.kills && !r.hammer.stops {
		<-over
		return
	}
	rng := rand.New(rand.NewPCG(uint64(r.rounds), 7))
	for n := 0; ; n++ {
		select {
		case <-over:
			return
		case <-time.After(time.Duration(rng.Int64N(int64(5 * time.Millisecond)))):
		}
		victim := &r.writers[len(r.writers)-1]
		held := n%2 == 0
		if held {
			(*victim).Answers("held", "hold")
		}
		if r.hammer.kills {
			(*victim).Kill()
			r.tally.kills++
			r.othersGoOn()
			r.life++
			*victim = r.startWriter(len(r.writers) - 1)
			(*victim).Expect("ready")
			(*victim).Say("go")
			continue
		}
		(*victim).Stop()
		r.tally.stops++
		r.othersGoOn()
		(*victim).Resume()
		if held {
			(*victim).Say("go")
		}
	}
}

// othersGoOn returns when the survivors have gone around the ring three times
// without the last writer.
func (r *round) othersGoOn() {
	var b ring.Backoff
	for end := r.ring.Head(0) + 3*r.capacity; r.ring.Head(0) < end; {
		b.Pause()
	}
}
