package contest

import (
	"sync/atomic"
	"time"
)

// image is a row's content at one instant, and what is to be its next.
type image struct {
	row     uint32
	word    rowWord
	cell    uint32
	n       int
	records [seats]record
}

// look copies a row and settles the hand behind it: steps 1 to 4.
func (t *Table) look(m *image, row uint32) error {
	a := &t.area
	for {
		word := a.loadRow(row) // order: exchange
		at, ok := a.cellOf(row, word)
		if !ok {
			return t.corruptRow(row, word)
		}
		m.row, m.word, m.cell, m.n = row, word, at, 0
		if word == 0 {
			return nil
		}
		c := a.cell(at)
		head := atomic.LoadUint64(&c[0])
		before := rowWord(atomic.LoadUint64(&c[1]))
		author, n := uint16(head), int(head>>16&0xff)
		for i := range min(n, seats) {
			c.loadRecord(i, &m.records[i])
		}
		var hand handWord
		if uint32(author) < a.nodes {
			hand = a.loadHand(author) // order: offer
		}
		if a.loadRow(row) != word { // order: refill
			continue
		}
		former, ok := a.cellOf(row, before)
		if !ok || n > a.seats || uint32(author) >= a.nodes {
			return t.corruptRow(row, word)
		}
		m.n = n
		if held, _ := a.spareOf(author, hand); hand.offers() && held == at {
			// Only its own exchange can have put this cell there while the row
			// names it, so the offer was taken.
			atomic.CompareAndSwapUint64(a.hand(author), uint64(hand), uint64(hand.settle(former)))
		}
		return nil
	}
}

// ready returns this node's hand without an offer. One that a former life of the
// node left is settled: the exchange happened if the row names the cell, and if
// the row went on since then, whoever moved it has settled the hand.
func (t *Table) ready() (handWord, error) {
	a := &t.area
	for {
		hand := a.loadHand(t.node)
		at, ok := a.spareOf(t.node, hand)
		if !ok {
			return 0, t.corruptHand(hand)
		}
		if !hand.offers() {
			return hand, nil
		}
		c := a.cell(at)
		before, row := rowWord(atomic.LoadUint64(&c[1])), atomic.LoadUint64(&c[2])
		settled := hand.settle(at)
		if row < uint64(a.rows) {
			word := a.loadRow(uint32(row))
			if now, ok := a.cellOf(uint32(row), word); ok && word != 0 && now == at {
				former, ok := a.cellOf(uint32(row), before)
				if !ok {
					return 0, t.corruptHand(hand)
				}
				settled = hand.settle(former)
			}
		}
		atomic.CompareAndSwapUint64(a.hand(t.node), uint64(hand), uint64(settled))
	}
}

// commit makes m its row's content, if that is still what m was copied from:
// steps 6 to 9. It returns this node's hand behind it.
func (t *Table) commit(m *image, hand handWord) (handWord, bool) {
	a := &t.area
	at, _ := a.spareOf(t.node, hand)
	c := a.cell(at)
	put(&c[0], uint64(t.node)|uint64(m.n)<<16) // order: refill
	put(&c[1], uint64(m.word))
	put(&c[2], uint64(m.row))
	for i := range m.n {
		c.putRecord(i, &m.records[i])
	}
	mine := a.hand(t.node)
	offer := hand.offer(at)
	atomic.StoreUint64(mine, uint64(offer))                                                  // order: offer
	if !atomic.CompareAndSwapUint64(a.row(m.row), uint64(m.word), uint64(m.word.next(at))) { // order: exchange
		hand = offer.settle(at)
		atomic.StoreUint64(mine, uint64(hand))
		return hand, false
	}
	hand = offer.settle(m.cell)
	atomic.CompareAndSwapUint64(mine, uint64(offer), uint64(hand)) // or somebody did it already
	return hand, true
}

// find returns the record of a subject, or -1.
func (m *image) find(k *key) int {
	for i := range m.n {
		if m.records[i].is(k) {
			return i
		}
	}
	return -1
}

// remove takes a record out.
func (m *image) remove(i int) {
	m.n--
	m.records[i] = m.records[m.n]
}

// expire takes out all records whose time is over.
func (m *image) expire(now time.Duration) {
	for i := m.n - 1; i >= 0; i-- {
		if m.records[i].until() <= now {
			m.remove(i)
		}
	}
}
