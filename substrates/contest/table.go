package contest

import (
	"errors"
	"fmt"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Kind is the kind of the ring whose segment has the table.
const Kind = 222

// Limits, in bytes.
const (
	MaxLabel = 8 * labelWords // of a subject's label; the shortest has one
	MaxOwner = 8 * ownerWords // of an owner's label, which may be empty
)

// DefaultSubjects is how many subjects a table is for that does not say.
const DefaultSubjects = 256

// Options say what the table looks like and what time it is. All members of a
// fleet must say the same.
type Options struct {
	// Subjects is how many subjects can be held at the same time, 1 to 2^20; 0 is
	// DefaultSubjects. Up to 16 it is exact. A larger table takes more, and
	// refuses one earlier only when 16 others of its row are held, which in a
	// table of n subjects has odds of n × 10^-10. A subject takes 1 KB or so, a
	// node 2 KB.
	Subjects int
	// Capacity is how many transitions the ring holds, a power of two; 0 is 1024.
	Capacity uint64
	// Clock is what leases are measured by; nil is fleet.Now. It must be one
	// clock for all members. A clock that goes back only makes leases last longer.
	// It is for tests: it is read while a lock of the fleet is held.
	Clock func() time.Duration
	// Tokens keeps a number where neither the removal of segments nor a restart
	// of the host can touch it, File for example: see the package's text on
	// tokens. nil: the tokens of a new table begin at the wall clock.
	Tokens Store
}

// Table is the contest of a fleet as a member has it. Any number of goroutines
// may use it, but none of its methods may run while the fleet is closed. Any
// number of tables of one member are the same.
type Table struct {
	fleet  *fleet.Fleet
	family *fleet.Family
	ring   *ring.Ring
	node   uint16
	area   area
	seed   uint64
	clock  func() time.Duration

	// Under the family's lock.
	m    image
	note [transitionSize]byte
	mute uint64 // transitions that could not be published
}

// Open opens the contest of a fleet, or begins it. Errors are those of
// fleet.Fleet.Family, layout.ErrGeometry for Subjects and Capacity,
// layout.ErrMismatch if other members have other Options, ErrClock, ErrCorrupt,
// and those of Options.Tokens.
func Open(f *fleet.Fleet, o Options) (*Table, error) {
	if o.Subjects == 0 {
		o.Subjects = DefaultSubjects
	}
	s, err := shapeOf(o.Subjects, f.Size())
	if err != nil {
		return nil, err
	}
	family, err := f.OpenReserved(Kind, fleet.Spec{
		Capacity: o.Capacity, Payload: transitionSize, Aux: s.size(), TypeName: "orbit.contest",
	})
	if detail, ok := errors.AsType[*layout.MismatchError](err); ok && detail.Field == "aux" {
		return nil, &layout.MismatchError{Field: "bytes of the contest's table (Options.Subjects)", Have: detail.Have, Want: detail.Want}
	}
	if err != nil {
		return nil, err
	}
	r := family.Ring()
	t := &Table{
		fleet: f, family: family, ring: r, node: f.Node(),
		area: newArea(s, r.Aux()), seed: r.Identity().Instance, clock: o.Clock,
	}
	if t.clock == nil {
		t.clock = fleet.Now
	}
	if err := t.beginTokens(o.Tokens); err != nil {
		return nil, err
	}
	return t, t.update(func(*ring.Writer, handWord) error { return nil })
}

// update calls do with this node's hand, while no other goroutine of this
// process has it.
func (t *Table) update(do func(*ring.Writer, handWord) error) error {
	return t.family.Do(func(w *ring.Writer) error {
		if t.closed() {
			return fleet.ErrClosed
		}
		hand, err := t.ready()
		if err != nil {
			return err
		}
		return do(w, hand)
	})
}

// closed says that the fleet was closed, and the table's memory is gone.
func (t *Table) closed() bool { return t.ring.Aux() == nil }

// Seats returns how many records the table has. Claims are refused with ErrFull
// when all that a subject could take are held.
func (t *Table) Seats() int { return int(t.area.rows) * t.area.seats }

func (t *Table) corruptRow(row uint32, w rowWord) error {
	return fmt.Errorf("%w: row %d of the contest's table has the word %#x, which no member stores there", ErrCorrupt, row, uint64(w))
}

func (t *Table) corruptHand(h handWord) error {
	return fmt.Errorf("%w: node %d has the word %#x in the contest's table, which no member stores there", ErrCorrupt, t.node, uint64(h))
}
