//go:build linux

package hammer

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/orbitring/orbit/internal/proctest"
	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

// soakWriter publishes from the moment it starts until it hears something, and
// keeps a book of what became of its frames.
func soakWriter(p *proctest.Parent, args []string) error {
	var o writerOrder
	if err := json.Unmarshal([]byte(args[0]), &o); err != nil {
		return err
	}
	b, err := openBook()
	if err != nil {
		return err
	}
	h, err := newHammering(o)
	if err != nil {
		b.complain("node %d, life %d: %v", o.Node, o.Life, err)
		return err
	}
	h.book, h.rng = b, rand.NewPCG(o.Seed, o.Life<<16|uint64(o.Node))
	before := b.counts()
	for !p.Pending() {
		h.step()
		h.giveWay()
		h.keep(before)
	}
	h.last()
	h.keep(before)
	if err := errors.Join(h.Writer.Close(), h.ring.Close()); err != nil {
		b.complain("closing: %v", err)
	}
	p.Say("done")
	return nil
}

// keep brings the book's counts up to date.
func (h *hammering) keep(before [counters]uint64) {
	s := h.Stats()
	for _, x := range [...]struct {
		c counter
		n uint64
	}{
		{published, h.report.Published}, {lostFrames, h.report.Lost}, {abortedFrames, h.report.Aborted}, {resets, h.report.Resets},
		{declaredHoles, s.Holes}, {takenOver, s.Takeovers}, {sweptSlots, s.Swept},
	} {
		h.book.set(x.c, before[x.c]+x.n)
	}
}

// refused says that nothing was published because stopped writers are inside
// every slot, which a soak brings about.
func (h *hammering) refused(err error) bool {
	if h.book == nil || !errors.Is(err, ring.ErrAllStopped) {
		return false
	}
	h.book.add(crowded, 1)
	return true
}

// dwell stays inside a slot for a moment now and then, which is where a kill or
// a stop is to find a writer.
func (h *hammering) dwell(random uint64) {
	if h.book == nil || random>>60 != 0 {
		return
	}
	for range 1 + random>>32%8 {
		yield()
	}
}

// noteCommitted writes down that n frames are there.
func (h *hammering) noteCommitted(n int, s uint64, id netid64.ID) {
	if h.book == nil {
		return
	}
	for i := range uint64(n) {
		if p := id.Counter() + i; sampled(p) {
			h.book.note(entry{committed, h.lane(), p, author(h.writerOrder.Node, s+i)})
		}
	}
}

// noteVoid writes down that nothing of this writer is at a position. A lane uses
// the position of an aborted frame again.
func (h *hammering) noteVoid(id netid64.ID, s uint64) {
	if h.book != nil && h.ring.Identity().Geometry.Topology == layout.Shared && sampled(id.Counter()) {
		h.book.note(entry{void, 0, id.Counter(), author(h.writerOrder.Node, s)})
	}
}

func (h *hammering) lane() uint64 {
	if h.ring.Identity().Geometry.Topology == layout.Lane {
		return uint64(h.writerOrder.Node)
	}
	return 0
}

func (b *book) counts() (all [counters]uint64) {
	for c := range counters {
		all[c] = b.get(c)
	}
	return all
}

// complain counts a violation and says what it is at once: its process may be
// dead the next moment.
func (b *book) complain(format string, a ...any) {
	b.add(complaints, 1)
	fmt.Fprintf(os.Stderr, "soak: VIOLATION (process %d): %s\n", os.Getpid(), fmt.Sprintf(format, a...))
}
