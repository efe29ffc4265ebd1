package ring

import (
	"fmt"

	"github.com/orbitring/orbit/ring/layout"
)

// Region is the memory of a ring together with the members that share it.
// *shm.Segment is one; New makes one of process memory.
type Region interface {
	// Bytes is the whole segment, starting on a cache line. It stays mapped
	// until Close.
	Bytes() []byte
	// Identity is what the segment's header said when it was checked.
	Identity() layout.Identity
	// ReadOnly says that Bytes must not be written to.
	ReadOnly() bool
	// TryLock makes the caller the live member with this node number. False
	// without an error means that a live member holds it, this one included.
	// The kernel gives the lock back when its holder dies.
	TryLock(node uint16) (bool, error)
	// Unlock gives the node number back.
	Unlock(node uint16) error
	// Alive says whether some live member holds the node number.
	Alive(node uint16) (bool, error)
	// Close unmaps the region and gives back its locks.
	Close() error
}

// checkRegion refuses memory that cannot carry its own geometry.
func checkRegion(r Region) (layout.Identity, error) {
	id, err := r.Identity().Normalize()
	if err != nil {
		return id, err
	}
	mem := r.Bytes()
	if want := id.Geometry.Size(); uint64(len(mem)) != want {
		return id, &RegionError{Rule: fmt.Sprintf("is %d bytes, its geometry needs %d", len(mem), want)}
	}
	if off := misalignment(mem); off != 0 {
		return id, &RegionError{Rule: fmt.Sprintf("starts %d bytes past a cache line of %d", off, layout.LineSize)}
	}
	return id, nil
}
