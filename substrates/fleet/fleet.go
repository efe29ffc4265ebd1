package fleet

import (
	"errors"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/orbitring/orbit/ring"
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
// bytes; a fleet belongs to a user, and only that user's processes create its
// segments. Its segments stay when all have left, and
// the next member finds them; shm.Remove removes them. Errors: ErrName, ErrSize,
// ErrNode, ErrNodeHeld, ErrFull, layout.ErrMismatch if the fleet has another
// size, and those of shm.Open.
func JoinShared(name string, o Options) (*Fleet, error) {
	if err := check(name, o); err != nil {
		return nil, err
	}
	return join(name, o, segments{
		fleet: name, owner: o.Owner, modes: maps.Clone(o.Modes),
		place: shm.Options{Dir: o.Dir, Mode: o.Mode, Group: o.Group},
	})
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
