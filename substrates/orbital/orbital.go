package orbital

import (
	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Orbital is the latest value of T as a member of a fleet has it. Any number of
// goroutines may use it, and any number of Orbitals of one T see the same, but
// none of its methods may run while the fleet is closed.
type Orbital[T fleet.Kinder] struct {
	values fleet.Typed[T]
	ring   *ring.Ring
	lanes  int
}

// New makes the Orbital of T in a fleet. T is checked here, once. Errors are
// those of fleet.Of: ErrShape names a field that cannot be shared,
// layout.ErrMismatch says that the kind carries something else.
func New[T fleet.Kinder](f *fleet.Fleet) (*Orbital[T], error) {
	values, err := fleet.Of[T](f)
	if err != nil {
		return nil, err
	}
	r := values.Ring()
	return &Orbital[T]{values: values, ring: r, lanes: r.Lanes()}, nil
}

// Store makes *v the latest value and returns its id, whose counter ascends by
// one with every value of the ring, or of this node's lane. Goroutines of this
// process take turns; one that stores alone gets an Owner and pays no lock.
// Errors: fleet.ErrNodeHeld while there is an Owner, and those of
// fleet.Family.Publish. Nothing is allocated.
func (o *Orbital[T]) Store(v *T) (netid64.ID, error) { return o.values.Publish(0, 0, v) }

// Load returns the latest value. ok is false before the first Store. In a ring
// with several lanes there is none: fleet.ErrLanes, use LoadFrom. Nothing is
// allocated.
func (o *Orbital[T]) Load() (v T, ok bool, err error) {
	if o.lanes > 1 {
		return v, false, fleet.ErrLanes
	}
	var to roomy[T]
	f := ring.Frame{Payload: to.bytes()}
	ok, err = o.ring.Newest(0, &f)
	if ok && len(f.Payload) == len(bytesOf(&v)) {
		return to.v, true, nil
	}
	return refuse[T](&f, ok, err)
}

// refuse is the answer when there is no frame, or one of another size.
func refuse[T any](f *ring.Frame, ok bool, err error) (v T, _ bool, _ error) {
	if ok {
		err = &fleet.FrameError{ID: f.ID, Have: len(f.Payload), Want: len(bytesOf(&v))}
	}
	return v, false, err
}

// LoadFrom returns the latest value that a node stored; ok is false when there
// is none. In a shared ring it walks back to it, past the values of others, and
// does not find what they have pushed out. Errors: fleet.ErrNode. Nothing is
// allocated.
func (o *Orbital[T]) LoadFrom(node uint16) (v T, ok bool, err error) {
	f := ring.Frame{Payload: bytesOf(&v)}
	ok, err = o.values.Family.ReadHeadOf(node, &f)
	if ok && len(f.Payload) == len(bytesOf(&v)) {
		return v, true, nil
	}
	return refuse[T](&f, ok, err)
}

// LoadByID returns the value that Store gave this id; ok is false when it is not
// there, or no more. Nothing is allocated.
func (o *Orbital[T]) LoadByID(id netid64.ID) (v T, ok bool, err error) {
	f := ring.Frame{Payload: bytesOf(&v)}
	ok, err = o.ring.Read(id, &f)
	if ok && len(f.Payload) == len(bytesOf(&v)) {
		return v, true, nil
	}
	return refuse[T](&f, ok, err)
}

// Owner hands the storing to one goroutine: see Owner.
func (o *Orbital[T]) Owner() (*Owner[T], error) {
	w, err := o.values.Family.Writer()
	if err != nil {
		return nil, err
	}
	return &Owner[T]{w: w}, nil
}
