package fleet

import (
	"errors"
	"io/fs"
	"sync"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// space is where the rings of a fleet lie.
type space interface {
	// open returns the region of id's kind, new or existing. What exists must
	// match. Unless create is set, what does not exist is nil.
	open(id layout.Identity, create bool) (ring.Region, error)
	shared() bool
}

// heap is the space of a fleet in process memory, shared by its members.
type heap struct {
	mu    sync.Mutex
	rings [256]*ring.Memory
}

func (h *heap) shared() bool { return false }

func (h *heap) open(id layout.Identity, create bool) (ring.Region, error) {
	id, err := id.Normalize()
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch have := h.rings[id.Kind]; {
	case have != nil:
		if err := have.Identity().Match(id); err != nil {
			return nil, err
		}
		return have, nil
	case !create:
		return nil, nil
	}
	made, err := ring.NewMemory(id)
	if err != nil {
		return nil, err
	}
	h.rings[id.Kind] = made
	return made, nil
}

// segments is the space of a fleet in shared memory.
type segments struct {
	fleet string
	owner Owner
	place shm.Options
	modes map[uint8]fs.FileMode
}

func (s segments) shared() bool { return true }

// of returns where the segment of a kind lies.
func (s segments) of(kind uint8) (string, shm.Options, error) {
	place := s.place
	if mode, ok := s.modes[kind]; ok {
		place.Mode = mode
	}
	if s.owner.given {
		name, err := shm.NameOf(s.fleet, kind, s.owner.uid)
		return name, place, err
	}
	name, err := shm.Name(s.fleet, kind)
	return name, place, err
}

func (s segments) open(id layout.Identity, create bool) (ring.Region, error) {
	id, err := id.Normalize()
	if err != nil {
		return nil, err
	}
	name, place, err := s.of(id.Kind)
	if err != nil {
		return nil, err
	}
	var seg *shm.Segment
	if create {
		seg, err = shm.Open(name, id, place)
	} else {
		seg, err = shm.Attach(name, place)
	}
	if errors.Is(err, fs.ErrPermission) && place.Mode == 0o640 {
		seg, err = shm.Observe(name, place) // the group reads
	}
	if !create && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := seg.Identity().Match(id); err != nil {
		return nil, errors.Join(err, seg.Close())
	}
	return seg, nil
}
