package ring

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring/internal/slotcopy"
	"github.com/orbitring/orbit/ring/layout"
)

func (w *Writer) publishShared(op uint8, version uint64, payload []byte) (netid64.ID, error) {
	p, _, err := w.claim(1)
	if err != nil {
		return 0, err
	}
	id := netid64.Make(w.kind, w.node, p)
	slotcopy.Fill(w.slot(p), version, meta(op, len(payload)), data(payload), uintptr(len(payload)))
	if !w.settle(p, layout.Committed) {
		return id, &LappedError{First: id, Lost: 1}
	}
	w.wakeParked()
	return id, nil
}

func (w *Writer) publishSharedBatch(msgs []Message) (netid64.ID, int, error) {
	p, n, err := w.claim(len(msgs))
	if err != nil {
		return 0, 0, err
	}
	lost, firstLost := 0, uint64(0)
	for i := range n {
		m, p := &msgs[i], p+uint64(i)
		slotcopy.Fill(w.slot(p), m.Version, meta(m.Op, len(m.Payload)), data(m.Payload), uintptr(len(m.Payload)))
		if !w.settle(p, layout.Committed) {
			if lost++; lost == 1 {
				firstLost = p
			}
		}
	}
	id := netid64.Make(w.kind, w.node, p)
	if lost > 0 {
		return id, n, &LappedError{First: netid64.Make(w.kind, w.node, firstLost), Lost: lost}
	}
	return id, n, nil
}

// claim takes up to n consecutive positions and returns the first and how many:
// write steps 1 to 7. It loops while other writers make progress.
func (w *Writer) claim(n int) (uint64, int, error) {
	for holes := w.stats.Holes; ; {
		if n := w.stats.Holes - holes; n > 2*w.capacity() && !w.nap(n-2*w.capacity()) {
			return 0, 0, ErrAllStopped
		}
		p := atomic.LoadUint64(w.head) // order: claim
		if p >= w.limit {
			return 0, 0, &ExhaustedError{Positions: w.limit}
		}
		word, lap := w.loadWord(p), w.lap(p)
		switch {
		case word.Lap() > lap:
			if atomic.LoadUint64(w.head) == p {
				return 0, 0, &CorruptError{Lane: uint32(w.number), Position: p,
					What: fmt.Sprintf("head is %d, but its slot is already in lap %d, past %d", p, word.Lap(), lap)}
			}
			continue
		case word.Lap() == lap:
			atomic.CompareAndSwapUint64(w.head, p, p+1) // help
			continue
		}
		if inside(word) && !w.evict(p, word) {
			continue
		}
		// order: judge — this CAS names the very word that was judged.
		if !w.casWord(p, word, layout.MakeWord(lap, layout.Writing, w.node)) {
			continue
		}
		if inside(word) {
			w.stats.Takeovers++
		}
		n = w.extend(p, n)
		w.moveHead(p, p+uint64(n))
		return p, n, nil
	}
}

// nap is for the writer that has gone around the ring twice and found a live
// writer inside every slot: with fewer slots than preempted writers that
// happens, and passes in milliseconds. False: it has slept often enough.
func (w *Writer) nap(times uint64) bool {
	const most, each = 500, 200 * time.Microsecond
	time.Sleep(each)
	return times < most
}

// inside says that a writer may still be inside the slot on behalf of the lap
// of word or an earlier one.
func inside(word layout.Word) bool {
	return word.State() == layout.Writing || word.State() == layout.Stalled
}

// evict decides what happens to position p, whose slot held word with a writer
// inside. True: the writer is dead, the caller may take the slot over by a CAS
// that names word. False: start over; p was declared a hole (write step 6), or
// the word has changed.
func (w *Writer) evict(p uint64, word layout.Word) bool {
	if word.State() == layout.Writing {
		for range w.patience {
			slotcopy.Pause(1)
			if w.loadWord(p) != word {
				return false
			}
		}
	}
	// order: judge — the question comes after the load of word.
	if alive, err := w.ring.region.Alive(word.Node()); err == nil && !alive {
		return true
	}
	if w.casWord(p, word, layout.MakeWord(w.lap(p), layout.Stalled, word.Node())) {
		w.stats.Holes++
		atomic.CompareAndSwapUint64(w.head, p, p+1)
	}
	return false
}

// extend claims the positions behind p while they are free, up to n in all.
func (w *Writer) extend(p uint64, n int) int {
	for i := 1; i < n; i++ {
		q := p + uint64(i)
		if q >= w.limit {
			return i
		}
		word := w.loadWord(q)
		if word.Lap() >= w.lap(q) || inside(word) ||
			!w.casWord(q, word, layout.MakeWord(w.lap(q), layout.Writing, w.node)) {
			return i
		}
	}
	return n
}

// moveHead moves head from p to at least to: all positions between are taken.
// Others may have helped part of the way.
func (w *Writer) moveHead(p, to uint64) {
	for p < to && !atomic.CompareAndSwapUint64(w.head, p, to) { // order: claim
		p = atomic.LoadUint64(w.head)
	}
}

// settle ends the writer's stay in p's slot: write steps 9 and 10. It reports
// whether the position got the state asked for; if not, others lapped it.
func (w *Writer) settle(p uint64, s layout.State) bool {
	lap := w.lap(p)
	if w.casWord(p, layout.MakeWord(lap, layout.Writing, w.node), layout.MakeWord(lap, s, w.node)) { // order: commit
		return true
	}
	if s == layout.Committed {
		w.stats.Lost++
	}
	w.leave(p)
	return false
}

// leave turns p's slot into a hole if this node is named as inside it. Others
// may move the word on by a lap at each attempt; each time that takes them a
// round through the ring.
func (w *Writer) leave(p uint64) bool {
	for {
		word := w.loadWord(p)
		if !inside(word) || word.Node() != w.node {
			return false
		}
		if w.casWord(p, word, layout.MakeWord(word.Lap(), layout.Hole, w.node)) {
			return true
		}
	}
}

// sweep frees every slot that an earlier life of this node is still named in.
// It runs before the first claim and under the node's lock, so no such word can
// come up behind it.
func (w *Writer) sweep() {
	for p := range w.capacity() {
		if w.leave(p) {
			w.stats.Swept++
		}
	}
}
