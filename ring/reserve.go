package ring

import (
	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring/internal/slotcopy"
	"github.com/orbitring/orbit/ring/layout"
)

// Reservation is a slot that its writer fills in place. It belongs to the
// writer's goroutine and ends with Commit or Abort; until then the writer
// publishes nothing else. A writer that stays in a reservation delays readers
// of a shared ring by their stall limit and loses the frame when it is lapped.
type Reservation struct {
	w        *Writer
	position uint64
	payload  []byte
}

// Reserve takes the next position for a payload of n bytes. Errors are those of
// Publish.
func (w *Writer) Reserve(n int) (Reservation, error) {
	if err := w.check(n); err != nil {
		return Reservation{}, err
	}
	if n < 0 {
		return Reservation{}, &PayloadError{Size: n, Limit: w.max}
	}
	p := w.next
	if w.shared {
		var err error
		if p, _, err = w.claim(1); err != nil {
			return Reservation{}, err
		}
		slotcopy.Fill(w.slot(p), 0, 0, nil, 0) // order: mark, for the stores of the caller
	} else {
		slotcopy.Mark(w.slot(p), uint64(layout.MakeWord(w.lap(p), layout.Writing, w.node)))
	}
	w.admit(-1)
	return Reservation{w: w, position: p, payload: w.stage(p, n)}, nil
}

// Payload is where the n bytes go. It holds old bytes at first, and nothing may
// be written to it after Commit or Abort.
func (r *Reservation) Payload() []byte { return r.payload }

// ID is the id that the frame will have.
func (r *Reservation) ID() netid64.ID { return netid64.Make(r.w.kind, r.w.node, r.position) }

// Commit makes the frame readable. It fails with ErrLapped when others came
// around the ring meanwhile (the frame is lost), and with ErrClosed when the
// reservation has ended already.
func (r *Reservation) Commit(op uint8, version uint64) error {
	w, p := r.w, r.position
	if !r.end() {
		return ErrClosed
	}
	w.unstage(p, version, meta(op, len(r.payload)), r.payload)
	if w.shared {
		if !w.settle(p, layout.Committed) {
			return &LappedError{First: netid64.Make(w.kind, w.node, p), Lost: 1}
		}
	} else {
		word := layout.MakeWord(w.lap(p), layout.Committed, w.node)
		slotcopy.Commit(w.slot(p), uint64(word), w.head, p+1)
		w.next = p + 1
	}
	w.wakeParked()
	return nil
}

// Abort gives the position up: in the lane topology the next frame takes it, in
// the shared topology it becomes a hole that readers count as unavailable.
// After Commit it does nothing.
func (r *Reservation) Abort() {
	w, p := r.w, r.position
	if r.end() && w.shared {
		w.settle(p, layout.Hole)
	}
}

// end closes the reservation, once.
func (r *Reservation) end() bool {
	if r.w == nil || r.w.closed {
		return false
	}
	r.w.admit(int(r.w.ring.id.Geometry.Payload))
	r.w = nil
	return true
}
