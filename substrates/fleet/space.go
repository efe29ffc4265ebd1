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
	place shm.Options
}

func (s segments) shared() bool { return true }

func (s segments) open(id layout.Identity, create bool) (ring.Region, error) {
	id, err := id.Normalize()
	if err != nil {
		return nil, err
	}
	name, err := shm.Name(s.fleet, id.Kind)
	if err != nil {
		return nil, err
	}
	if create {
		seg, err := shm.Open(name, id, s.place)
		if err != nil {
			return nil, err
		}
		return seg, nil
	}
	seg, err := shm.Attach(name, s.place)
	if errors.Is(err, fs.ErrNotExist) {
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
