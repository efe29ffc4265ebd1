package contest

import (
	"iter"
	"sync/atomic"
	"time"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Holder says who holds a subject. It is a value without pointers; its texts are
// made when they are asked for.
type Holder struct {
	ID    netid64.ID    // of the claim; its node is the member
	Token uint64        // the fencing token
	Until time.Duration // when the lease is over unless it is renewed, by the table's clock

	kind                 uint8
	labelSize, ownerSize uint8
	label                [MaxLabel]byte
	owner                [MaxOwner]byte
}

// Owner returns the label that the holder gave itself.
func (h *Holder) Owner() string { return string(h.owner[:h.ownerSize]) }

// Subject returns what is held.
func (h *Holder) Subject() Subject {
	return Subject{Kind: h.kind, Label: string(h.label[:h.labelSize])}
}

// Holder returns who holds a subject. False: nobody does. It takes no lock and
// stores nothing. Errors: ErrSubject, ErrCorrupt, fleet.ErrClosed. Nothing is
// allocated.
func (t *Table) Holder(s Subject) (h Holder, held bool, err error) {
	if err := s.check(); err != nil {
		return h, false, err
	}
	if t.closed() {
		return h, false, fleet.ErrClosed
	}
	k := t.keyOf(s)
	var r record
	found, err := t.read(&k, &r)
	if err != nil || !found || r.until() <= t.clock() {
		return h, false, err
	}
	return r.holder(), true, nil
}

// read copies a subject's record, live or not.
func (t *Table) read(k *key, to *record) (bool, error) {
	a := &t.area
	for {
		word := a.loadRow(k.row) // order: exchange
		if word == 0 {
			return false, nil
		}
		at, ok := a.cellOf(k.row, word)
		if !ok {
			return false, t.corruptRow(k.row, word)
		}
		c, found := a.cell(at), false
		n := int(atomic.LoadUint64(&c[0]) >> 16 & 0xff)
		for i := range min(n, seats) {
			if atomic.LoadUint64(&c[headerWords+i*recordWords+wordMeta])&keyMask != k.meta {
				continue
			}
			if c.loadRecord(i, to); to.is(k) {
				found = true
				break
			}
		}
		if a.loadRow(k.row) == word { // order: refill
			return found, nil
		}
	}
}

// Holders yields all subjects that are held, in no order: each row as it is at
// one instant, but not all at the same. It yields the same Holder each time:
// what is to be kept must be copied. It takes no lock and stores nothing; a row
// that cannot be trusted, and a closed fleet, yield nothing.
func (t *Table) Holders() iter.Seq[*Holder] {
	return func(yield func(*Holder) bool) {
		var h Holder
		var all [seats]record
		for row := range t.area.rows {
			if t.closed() {
				return
			}
			now := t.clock()
			for i := range t.readRow(row, &all) {
				if all[i].until() <= now {
					continue
				}
				if h = all[i].holder(); !yield(&h) {
					return
				}
			}
		}
	}
}

// readRow copies a row's records and returns how many there are.
func (t *Table) readRow(row uint32, to *[seats]record) int {
	a := &t.area
	for {
		word := a.loadRow(row) // order: exchange
		at, ok := a.cellOf(row, word)
		if word == 0 || !ok {
			return 0
		}
		c := a.cell(at)
		n := min(int(atomic.LoadUint64(&c[0])>>16&0xff), a.seats)
		for i := range n {
			c.loadRecord(i, &to[i])
		}
		if a.loadRow(row) == word { // order: refill
			return n
		}
	}
}
