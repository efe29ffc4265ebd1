package ring

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/orbitring/orbit/ring/layout"
)

// Ring is one ring over a region. Its methods may be called from any number of
// goroutines, but none may run while Close does.
type Ring struct {
	region Region
	id     layout.Identity
	lanes  []lane
	wait   waitGroup
	limit  uint64 // positions of a lane

	// need is the payload capacity while the ring is open and more than any
	// buffer has when it is closed: one comparison checks both.
	need atomic.Int64

	mu      sync.Mutex
	handles int // writers and cursors that still refer to the region
	closed  bool
}

// New makes a ring in process memory: for goroutines of one process, and for
// tests. Kind and geometry are needed, the stride may be 0.
func New(id layout.Identity) (*Ring, error) {
	m, err := NewMemory(id)
	if err != nil {
		return nil, err
	}
	return Open(m)
}

// Open runs the protocol over a region. The ring owns the region from then on
// and closes it; on error it does not.
func Open(region Region) (*Ring, error) {
	id, err := checkRegion(region)
	if err != nil {
		return nil, err
	}
	r := &Ring{region: region, id: id, wait: makeWaitGroup(region.Bytes()), limit: id.Geometry.MaxPosition()}
	r.lanes = make([]lane, id.Geometry.Lanes)
	for i := range r.lanes {
		r.lanes[i] = makeLane(region.Bytes(), id, uint32(i))
	}
	r.need.Store(int64(id.Geometry.Payload))
	return r, nil
}

// Identity returns kind, geometry and stamps of the ring.
func (r *Ring) Identity() layout.Identity { return r.id }

// PayloadCapacity returns how many bytes a frame can carry.
func (r *Ring) PayloadCapacity() int { return int(r.id.Geometry.Payload) }

// Aux returns the area behind the slots, Geometry.Aux bytes, for the substrate
// that asked for it; nil on a closed ring. It stays mapped as the ring does, and
// is read-only where the region is.
func (r *Ring) Aux() []byte {
	if r.isClosed() {
		return nil
	}
	return r.region.Bytes()[r.id.Geometry.AuxOffset():]
}

// Lanes returns the number of lanes: 1 in a shared ring.
func (r *Ring) Lanes() int { return len(r.lanes) }

// Head returns the next position of a lane; 0 for a lane that does not exist or
// a closed ring.
func (r *Ring) Head(lane int) uint64 {
	if r.isClosed() || uint(lane) >= uint(len(r.lanes)) {
		return 0
	}
	return atomic.LoadUint64(r.lanes[lane].head) // order: head
}

// Floor returns the position of a lane below which everything was reset away;
// 0 for a lane that does not exist or a closed ring.
func (r *Ring) Floor(lane int) uint64 {
	if r.isClosed() || uint(lane) >= uint(len(r.lanes)) {
		return 0
	}
	return atomic.LoadUint64(r.lanes[lane].floor())
}

// Reset removes everything published so far: it raises the floor of every lane
// to its head. It is safe under live traffic; cursors count what it removed.
func (r *Ring) Reset() error {
	if r.isClosed() {
		return ErrClosed
	}
	if r.region.ReadOnly() {
		return ErrReadOnly
	}
	for i := range r.lanes {
		l := &r.lanes[i]
		to := atomic.LoadUint64(l.head) // order: head
		for {
			f := atomic.LoadUint64(l.floor())
			if f >= to || atomic.CompareAndSwapUint64(l.floor(), f, to) {
				break
			}
		}
	}
	return nil
}

// Close ends the ring. The region is unmapped once its writers and cursors are
// closed too; until then they go on. Calling it again does nothing.
func (r *Ring) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	r.need.Store(closedNeed)
	if r.handles > 0 {
		return nil
	}
	return r.region.Close()
}

// hold keeps the region mapped for a handle.
func (r *Ring) hold() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return ErrClosed
	}
	r.handles++
	return nil
}

// release ends a handle's hold.
func (r *Ring) release() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.handles--; r.handles > 0 || !r.closed {
		return nil
	}
	return r.region.Close()
}

func (r *Ring) isClosed() bool { return r.need.Load() == closedNeed }

// closedNeed is the need of what is closed: no buffer has it.
const closedNeed = math.MaxInt64

// checkBuffer says why size bytes do not meet need, if they do not.
func checkBuffer(need int64, size int) error {
	switch {
	case need == closedNeed:
		return ErrClosed
	case int64(size) < need:
		return &BufferError{Size: size, Need: int(need)}
	}
	return nil
}
