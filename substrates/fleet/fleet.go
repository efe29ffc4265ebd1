package fleet

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// Fleet is one member of a fleet. Any number of goroutines may use it, but no
// method of it, and none of a Family or Typed of it, may run while Close does.
// A process that forks children without executing a new program must join after
// the fork.
type Fleet struct {
	name string
	size int
	node uint16

	space   space
	roll    *ring.Ring
	members ring.Region // the roll's
	me      *ring.Writer
	ids     *idCounters

	// families are the kinds in use. An entry is set once and found by one load.
	families [256]atomic.Pointer[Family]

	mu     sync.Mutex       // guards opening and closing
	specs  map[uint8]Spec   // what was defined or opened
	shapes map[uint8]string // of the types that have their kind
	closed atomic.Bool
}

// Join makes a fleet in the memory of this process and joins it: for the
// goroutines of one process, and for tests. Its further members come from
// Sibling. Two calls make two fleets, whatever their names. Errors: ErrName,
// ErrSize, ErrNode.
func Join(name string, o Options) (*Fleet, error) {
	if err := check(name, o); err != nil {
		return nil, err
	}
	return join(name, o, new(heap))
}

// JoinShared joins the fleet of that name in shared memory, or begins it. A name
// is one or more letters, digits, '_', '.' and '-', without "..", of at most 234
// bytes; a fleet belongs to a user. Its segments stay when all have left, and
// the next member finds them; shm.Remove removes them. Errors: ErrName, ErrSize,
// ErrNode, ErrNodeHeld, ErrFull, layout.ErrMismatch if the fleet has another
// size, and those of shm.Open.
func JoinShared(name string, o Options) (*Fleet, error) {
	if err := check(name, o); err != nil {
		return nil, err
	}
	return join(name, o, segments{fleet: name, place: shm.Options{Dir: o.Dir, Mode: o.Mode}})
}

func join(name string, o Options, s space) (*Fleet, error) {
	roll, region, err := openRoll(s, o.Size)
	if err != nil {
		return nil, err
	}
	me, err := sign(roll, name, o.Size, o.Node)
	if err != nil {
		return nil, errors.Join(err, roll.Close())
	}
	return &Fleet{
		name: name, size: o.Size, node: me.Node(),
		space: s, roll: roll, members: region, me: me,
		ids:   idCountersAt(roll.Aux(), me.Node()),
		specs: make(map[uint8]Spec), shapes: make(map[uint8]string),
	}, nil
}

// Sibling joins the same fleet once more, in this process, as another member:
// with its own node, its own writers and its own life. It serves tests, and
// programs whose members are goroutines. Errors are those of Join and
// JoinShared, and ErrClosed.
func (f *Fleet) Sibling(node Choice) (*Fleet, error) {
	if f.closed.Load() {
		return nil, ErrClosed
	}
	o := Options{Size: f.size, Node: node}
	if err := check(f.name, o); err != nil {
		return nil, err
	}
	return join(f.name, o, f.space)
}

// Name returns the fleet's name.
func (f *Fleet) Name() string { return f.name }

// Size returns the number of nodes.
func (f *Fleet) Size() int { return f.size }

// Node returns this member's node.
func (f *Fleet) Node() uint16 { return f.node }

// IsShared tells whether other processes can be members.
func (f *Fleet) IsShared() bool { return f.space.shared() }

// Define says what the ring of a kind looks like, before it is used. Saying the
// same again is no error; another Spec for the same kind is a
// *layout.MismatchError with both values. A kind that nobody defined is what
// the zero Spec says. Errors beside it: ErrKind, layout.ErrGeometry, ErrClosed.
// Nothing is created yet.
func (f *Fleet) Define(kind uint8, s Spec) error {
	if err := userKind(kind); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := f.define(kind, s)
	return err
}

// define settles what a kind looks like. f.mu is held.
func (f *Fleet) define(kind uint8, s Spec) (layout.Identity, error) {
	if f.closed.Load() {
		return layout.Identity{}, ErrClosed
	}
	id, err := s.identity(kind, f.size)
	if err != nil {
		return id, err
	}
	if a := f.families[kind].Load(); a != nil {
		return id, a.ring.Identity().Match(id)
	}
	if known, ok := f.specs[kind]; ok {
		have, _ := known.identity(kind, f.size)
		return id, have.Match(id)
	}
	f.specs[kind] = s
	return id, nil
}

// Family returns the family of a kind, opened when first asked for: ready to
// use without looking it up again. Errors: ErrKind, ErrClosed,
// layout.ErrMismatch, and those of shm.Open.
func (f *Fleet) Family(kind uint8) (*Family, error) {
	if err := userKind(kind); err != nil {
		return nil, err
	}
	if a := f.families[kind].Load(); a != nil {
		return a, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open(kind, f.specs[kind], true)
}

// OpenReserved opens one of the kinds 192 to 254. It is the way in for the
// substrates of Orbit, which have these kinds by agreement; programs that use
// Orbit have no business here. Errors are those of Family.
func (f *Fleet) OpenReserved(kind uint8, s Spec) (*Family, error) {
	if kind <= MaxKind || kind == rollKind {
		return nil, &KindError{Kind: kind, Rule: "the reserved kinds are 192 to 254"}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open(kind, s, true)
}

// open returns the family of a kind that looks like s; nil without an error
// when there is none and create is not set. f.mu is held.
func (f *Fleet) open(kind uint8, s Spec, create bool) (*Family, error) {
	if f.closed.Load() {
		return nil, ErrClosed
	}
	id, err := s.identity(kind, f.size)
	if err != nil {
		return nil, err
	}
	if a := f.families[kind].Load(); a != nil {
		return a, a.ring.Identity().Match(id)
	}
	region, err := f.space.open(id, create)
	if err != nil || region == nil {
		return nil, err
	}
	r, err := ring.Open(region)
	if err != nil {
		return nil, errors.Join(err, region.Close())
	}
	a := &Family{
		fleet: f, ring: r, region: region, kind: kind, created: isNew(region),
		shared: id.Geometry.Topology == Shared, slots: id.Geometry.Capacity, lanes: r.Lanes(),
	}
	f.specs[kind] = s
	f.families[kind].Store(a)
	return a, nil
}

// isNew tells whether opening the region made it.
func isNew(r ring.Region) bool {
	s, ok := r.(*shm.Segment)
	return ok && s.Created()
}

// Close leaves the fleet: to the siblings it looks as if this process had
// ended. Writers of the fleet are closed; cursors and bare writers that the
// caller took stay usable until they are closed, and keep their ring's memory
// mapped. Everything else returns ErrClosed afterwards. No other method may run
// at the same time. Calling it again does nothing.
func (f *Fleet) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed.Swap(true) {
		return nil
	}
	var err error
	for i := range f.families {
		if a := f.families[i].Load(); a != nil {
			err = errors.Join(err, a.close())
		}
	}
	return errors.Join(err, f.me.Close(), f.roll.Close())
}
