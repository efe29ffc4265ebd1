package ring

import (
	"sync/atomic"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring/layout"
)

// newestAttempts bounds how often Newest starts over because writers overtook
// it.
const newestAttempts = 1024

// Newest copies the newest readable frame of a lane (0 in a shared ring) into f.
// False: there is none; nothing published, everything reset, or nothing but
// holes and frames in flight. It never gives a frame that was overwritten. Any
// number of goroutines may call it, each with its own f. f.Payload must have a
// capacity of PayloadCapacity bytes (ErrShortBuffer). Other errors: ErrClosed,
// ErrNode, and ErrContended when writers overtook every attempt. Nothing is
// allocated.
func (r *Ring) Newest(lane int, f *Frame) (bool, error) {
	need := r.need.Load()
	if int64(cap(f.Payload)) < need {
		return false, checkBuffer(need, cap(f.Payload))
	}
	if uint(lane) >= uint(len(r.lanes)) {
		return false, &NodeError{Node: uint64(lane), Lanes: uint32(len(r.lanes))}
	}
	l := &r.lanes[lane]
	from := atomic.LoadUint64(l.head) // order: head
	for range newestAttempts {
		ok, next := r.newestBelow(l, from, f)
		if next == from {
			return ok, nil
		}
		from = next
	}
	return false, ErrContended
}

// newestBelow walks back to the first readable frame, beginning behind the
// frames that are committed from position from on. next is from, or the position
// of a writer that came around meanwhile: there is a newer frame before it.
func (r *Ring) newestBelow(l *lane, from uint64, f *Frame) (ok bool, next uint64) {
	top := l.top(from)
	low := max(top-min(top, l.capacity()), l.believedFloor(from))
	for p := top; p > low; {
		p--
		word, ok := r.copy(l, p, f)
		if ok {
			return true, from
		}
		if word.Lap() <= l.lap(p) {
			continue
		}
		// Head alone does not tell: within a batch it lags.
		if q := l.position(p, word); q > top && q-min(q, atomic.LoadUint64(l.head)) < l.capacity() {
			return false, q
		}
	}
	return false, from
}

// top returns the position behind the newest frame that is committed without a
// gap from head on: a writer of a lane commits before it moves head, and may
// have died in between.
func (l *lane) top(head uint64) uint64 {
	p := head
	for range l.capacity() {
		word := l.loadWord(p)
		if word.State() != layout.Committed || word.Lap() != l.lap(p) {
			break
		}
		p++
	}
	return p
}

// believedFloor returns the floor, or 0 when no Reset can have set it.
func (l *lane) believedFloor(head uint64) uint64 {
	if floor := atomic.LoadUint64(l.floor()); floor <= head {
		return floor
	}
	return 0
}

// Read copies the frame with this id into f. False: it is not there; never
// published, overwritten, reset, still in flight, of another kind or node. Ids
// carry 40 bits of position; the one nearest below head is meant. Any number of
// goroutines may call it, each with its own f. f.Payload must have a capacity of
// PayloadCapacity bytes (ErrShortBuffer). ErrClosed after Close. Nothing is
// allocated.
func (r *Ring) Read(id netid64.ID, f *Frame) (bool, error) {
	need := r.need.Load()
	if int64(cap(f.Payload)) < need {
		return false, checkBuffer(need, cap(f.Payload))
	}
	lane := 0
	if r.id.Geometry.Topology == layout.Lane {
		lane = int(id.Node())
	}
	if id.Kind() != r.id.Kind || lane >= len(r.lanes) {
		return false, nil
	}
	l := &r.lanes[lane]
	head := atomic.LoadUint64(l.head) // order: head
	p, ok := resolve(id.Counter(), head+l.capacity())
	if !ok || p < l.believedFloor(head) {
		return false, nil
	}
	_, ok = r.copy(l, p, f)
	return ok && f.ID == id, nil
}

// resolve returns the largest position below end whose low bits are counter.
func resolve(counter, end uint64) (uint64, bool) {
	const span = netid64.CounterMask + 1
	if end <= counter {
		return 0, false
	}
	return counter + (end-1-counter)/span*span, true
}

// copy reads position p of a lane: read steps 2 and 3. The word tells why not.
func (r *Ring) copy(l *lane, p uint64, f *Frame) (layout.Word, bool) {
	limit := r.id.Geometry.Payload
	word, version, meta, ok := l.read(p, f, int64(limit))
	w := layout.Word(word)
	if !ok || uint32(meta) > limit {
		return w, false
	}
	f.set(l.id(p, w, r.id.Geometry.Topology == layout.Shared), version, meta)
	return w, true
}
