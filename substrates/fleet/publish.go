package fleet

import (
	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
)

// Publish publishes bytes as a frame of this kind and returns its id. It is
// Family.Publish behind a look into the table of kinds, one load. Errors are
// those of Family and Family.Publish.
func (f *Fleet) Publish(kind, op uint8, version uint64, payload []byte) (netid64.ID, error) {
	a, err := f.Family(kind)
	if err != nil {
		return 0, err
	}
	return a.Publish(op, version, payload)
}

// Read copies the frame with this id into to. False: it is not there, also when
// nobody has published anything of its kind. The frame's payload must have the
// capacity that the kind's ring has: Family.NewFrame makes one. Nothing is
// created.
func (f *Fleet) Read(id netid64.ID, to *ring.Frame) (bool, error) {
	a, err := f.existing(id.Kind())
	if a == nil {
		return false, err
	}
	return a.Read(id, to)
}

// ReadHead copies the newest frame of a kind, as Read does. A ring with several
// lanes has none: ErrLanes, ask ReadHeadOf.
func (f *Fleet) ReadHead(kind uint8, to *ring.Frame) (bool, error) {
	a, err := f.existing(kind)
	if a == nil {
		return false, err
	}
	return a.ReadHead(to)
}

// ReadHeadOf copies the newest frame of a kind and node, as Read does. See
// Family.ReadHeadOf for its cost in the shared topology.
func (f *Fleet) ReadHeadOf(kind uint8, node uint16, to *ring.Frame) (bool, error) {
	a, err := f.existing(kind)
	if a == nil {
		return false, err
	}
	return a.ReadHeadOf(node, to)
}

// Cursor makes a cursor over a kind for one goroutine, which closes it when
// done. Errors are those of Family.
func (f *Fleet) Cursor(kind uint8, from ring.Start) (*ring.Cursor, error) {
	a, err := f.Family(kind)
	if err != nil {
		return nil, err
	}
	return a.Cursor(from)
}

// existing returns the family of a kind, nil when there is none yet: looking for
// one is a system call each time. The kinds of Orbit are there once this member
// uses their substrate.
func (f *Fleet) existing(kind uint8) (*Family, error) {
	if a := f.families[kind].Load(); a != nil {
		return a, nil
	}
	if kind > MaxKind {
		return nil, nil
	}
	if err := userKind(kind); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open(kind, f.specs[kind], false)
}
