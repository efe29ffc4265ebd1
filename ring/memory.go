package ring

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/orbitring/orbit/ring/layout"
)

// Memory is a region of process memory: the same protocol for goroutines of one
// process. Several rings may be opened over one Memory; it is gone when nobody
// refers to it.
type Memory struct {
	id  layout.Identity
	mem []byte

	mu    sync.Mutex
	nodes map[uint16]bool
}

// NewMemory makes a region of process memory for a ring of this identity. Kind
// and geometry are needed; the stride may be left 0. The error is a
// *layout.GeometryError.
func NewMemory(id layout.Identity) (*Memory, error) {
	id, err := id.Normalize()
	if err != nil {
		return nil, err
	}
	size := id.Geometry.Size()
	if size > maxProcessMemory {
		return nil, &layout.GeometryError{Field: "capacity", Value: id.Geometry.Capacity,
			Rule: "lanes × capacity × stride is more than this build can address"}
	}
	id.Created = time.Now()
	id.Instance = rand.Uint64() | 1
	m := &Memory{id: id, mem: alignedBytes(int(size)), nodes: make(map[uint16]bool)}
	id.Encode(m.mem)
	return m, nil
}

// Bytes implements Region.
func (m *Memory) Bytes() []byte { return m.mem }

// Identity implements Region.
func (m *Memory) Identity() layout.Identity { return m.id }

// ReadOnly implements Region.
func (m *Memory) ReadOnly() bool { return false }

// TryLock implements Region.
func (m *Memory) TryLock(node uint16) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.nodes[node] {
		return false, nil
	}
	m.nodes[node] = true
	return true, nil
}

// Unlock implements Region.
func (m *Memory) Unlock(node uint16) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.nodes, node)
	return nil
}

// Alive implements Region.
func (m *Memory) Alive(node uint16) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.nodes[node], nil
}

// Close implements Region; process memory needs none.
func (m *Memory) Close() error { return nil }
