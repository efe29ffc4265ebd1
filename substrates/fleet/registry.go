package fleet

import (
	"errors"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

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
	if kind <= MaxKind || kind == RollKind {
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
