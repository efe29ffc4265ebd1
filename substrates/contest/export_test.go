package contest

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/orbitring/orbit/ring"
)

// Span is how many tokens a table has.
const Span = span

// SetWallClock replaces the wall clock of new tables, and returns how to undo it.
func SetWallClock(now func() time.Time) (undo func()) {
	wallClock = now
	return func() { wallClock = time.Now }
}

// UseUp leaves the table n tokens.
func (t *Table) UseUp(n uint64) {
	*t.area.word(nextOffset) = *t.area.word(firstOffset) + span - n
}

// Damage stores a word into the row of a subject, and returns what it was.
func (t *Table) Damage(s Subject, word uint64) uint64 {
	k := t.keyOf(s)
	old := *t.area.row(k.row)
	*t.area.row(k.row) = word
	return old
}

// Memory is the table's part of the segment.
func (t *Table) Memory() []byte { return t.ring.Aux() }

// Reset resets the ring of transitions.
func Reset(t *Table) error { return t.ring.Reset() }

// PublishBytes publishes a frame that is no transition.
func PublishBytes(t *Table, op uint8, payload []byte) error {
	return t.family.Do(func(w *ring.Writer) error {
		_, err := w.Publish(op, 0, payload)
		return err
	})
}

// LeaveOffer does what a member that claims s does before it dies at the end of
// step 7, or of step 8.
func (t *Table) LeaveOffer(s Subject, taken bool) {
	k := t.keyOf(s)
	t.look(&t.m, k.row)
	r := &t.m.records[t.m.n]
	t.m.n++
	r.set(&k, "left", 1, *t.area.word(nextOffset), t.clock()+time.Second)
	*t.area.word(nextOffset)++
	hand, _ := t.ready()
	at, _ := t.area.spareOf(t.node, hand)
	word := t.m.word
	if !taken {
		t.m.word = word.next(0) // no row has it
	}
	t.commit(&t.m, hand)
	c := t.area.cell(at)
	c[1] = uint64(word)
	*t.area.hand(t.node) = uint64(hand.offer(at))
}

// Cells says what is wrong with who has which cell, if anything is.
func (t *Table) Cells() error {
	a, had := &t.area, map[uint32]string{}
	take := func(cell uint32, ok bool, who string) error {
		if other := had[cell]; !ok || other != "" {
			return fmt.Errorf("cell %d belongs to %s and to %s", cell, who, other)
		}
		had[cell] = who
		return nil
	}
	for r := range a.rows {
		c, ok := a.cellOf(r, a.loadRow(r))
		if err := take(c, ok, fmt.Sprint("row ", r)); err != nil {
			return err
		}
	}
	for n := range a.nodes {
		hand := a.loadHand(uint16(n))
		c, ok := a.spareOf(uint16(n), hand)
		if hand.offers() {
			if _, taken := had[c]; taken { // not noted yet: the cell before is its
				row := a.cell(c)[2]
				c, ok = a.cellOf(uint32(row), rowWord(a.cell(c)[1]))
			}
		}
		if err := take(c, ok, fmt.Sprint("node ", n)); err != nil {
			return err
		}
	}
	return nil
}

// RowOf returns a subject's row, of how many.
func (t *Table) RowOf(s Subject) (row, rows uint32) { return t.keyOf(s).row, t.area.rows }

// ClaimOfferingLate claims as a member would that did step 8 before step 7.
func (t *Table) ClaimOfferingLate(s Subject, owner string, ttl time.Duration) {
	t.update(func(_ *ring.Writer, hand handWord) error {
		a, m, k := &t.area, &t.m, t.keyOf(s)
		t.look(m, k.row)
		token, _ := t.takeToken()
		m.records[m.n].set(&k, owner, 1, token, after(t.clock(), ttl))
		m.n++
		at, _ := a.spareOf(t.node, hand)
		c := a.cell(at)
		c[0], c[1], c[2] = uint64(t.node)|uint64(m.n)<<16, uint64(m.word), uint64(m.row)
		for i := range m.n {
			c.putRecord(i, &m.records[i])
		}
		atomic.CompareAndSwapUint64(a.row(m.row), uint64(m.word), uint64(m.word.next(at)))
		atomic.StoreUint64(a.hand(t.node), uint64(hand.offer(at)))
		atomic.StoreUint64(a.hand(t.node), uint64(hand.offer(at).settle(m.cell)))
		return nil
	})
}
