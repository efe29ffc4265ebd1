//go:build linux

package hammer

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"time"

	"github.com/orbitring/orbit/internal/proctest"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

// soakReader checks what it gets from the moment it starts until it hears
// something, then the rest, and keeps a book of what it saw.
func soakReader(p *proctest.Parent, args []string) error {
	var o readerOrder
	if err := json.Unmarshal([]byte(args[0]), &o); err != nil {
		return err
	}
	b, err := openBook()
	if err != nil {
		return err
	}
	r, err := newReading(o)
	if err != nil {
		b.complain("a reader cannot open the ring: %v", err)
		return err
	}
	r.book, r.rng = b, rand.NewPCG(o.Seed, 2)
	r.SetStallLimit(o.Stall)
	take := r.styles()[o.Style]
	before := b.counts()
	for idle := 0; !p.Pending(); idle++ {
		if take() > 0 {
			idle = 0
		} else if idle > 64 {
			yield()
		}
		r.keep(before)
	}
	if o.Style == "park" {
		take = r.poll
	}
	r.finish(take)
	r.keep(before)
	r.addsUp()
	p.Say("done")
	return nil
}

// keep brings the book's counts up to date.
func (r *reading) keep(before [counters]uint64) {
	loss := r.Loss()
	for _, x := range [...]struct {
		c counter
		n uint64
	}{
		{verified, sum(r.delivered)}, {newestFrames, r.report.Newest}, {readFrames, r.report.Reads},
		{overwritten, loss.Overwritten}, {unavailable, loss.Unavailable}, {removed, loss.Reset},
	} {
		r.book.set(x.c, before[x.c]+x.n)
	}
}

// addsUp checks that every position since the cursor was made is accounted for.
func (r *reading) addsUp() {
	var begun uint64
	for _, p := range r.report.Begin {
		begun += p
	}
	r.passed(r.positions()-begun, sum(r.delivered), r.Loss())
}

// park waits in the kernel until there is something, for a while, and takes it.
func (r *reading) park() int {
	before, lost := r.positions(), r.Loss()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	r.SetWait(ring.Park)
	r.book.add(sleeps, 1)
	if err := r.Wait(ctx); err != nil && err != context.DeadlineExceeded {
		r.complain("wait: %v", err)
	}
	n, _, err := r.Poll(r.frames)
	if err != nil {
		r.complain("poll: %v", err)
	}
	for i := range n {
		r.deliver(&r.frames[i])
	}
	r.passed(r.positions()-before, uint64(n), r.Loss().Sub(lost)) // what Wait passed as well
	return n
}

// judge takes frames one by one and writes down which positions hold no frame
// and never will: the slot says that it is a hole, or it still names a writer
// that is dead. Positions given up out of impatience may be committed later.
func (r *reading) judge() (n int) {
	for ; n < 64; n++ {
		before, lost := r.Position(0), r.Loss()
		ok, err := r.Next(&r.frame)
		if err != nil {
			r.complain("next: %v", err)
		}
		loss := r.Loss().Sub(lost)
		if loss.Total() == loss.Unavailable {
			for p := before; p < before+loss.Unavailable; p++ {
				if sampled(p) && r.isFinal(p) {
					r.book.note(entry{final, 0, p, 0})
				}
			}
		}
		if ok {
			r.deliver(&r.frame)
		}
		r.passed(r.Position(0)-before, map[bool]uint64{true: 1}[ok], loss)
		if !ok {
			return n
		}
	}
	return n
}

// isFinal says that no frame will ever be readable at a position that the
// cursor found unavailable.
func (r *reading) isFinal(p uint64) bool {
	g := r.ring.Identity().Geometry
	word := r.word(p)
	switch {
	case word.Lap() != g.Lap(p):
		return false
	case word.State() == layout.Hole, word.State() == layout.Stalled:
		return true
	case word.State() != layout.Writing:
		return false
	}
	alive, err := r.region.Alive(word.Node())
	return err == nil && !alive && r.word(p) == word
}

func (r *reading) word(p uint64) layout.Word {
	g := r.ring.Identity().Geometry
	return layout.Word(binary.NativeEndian.Uint64(r.region.Bytes()[g.SlotOffset(0, p):]))
}
