package orbital

import (
	"errors"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Owner stores as this node without any lock: for a loop that stores often. One
// goroutine at a time may use it. While it is open, Orbital.Store and another
// Owner of this member are refused with fleet.ErrNodeHeld.
type Owner[T fleet.Kinder] struct {
	w *ring.Writer
}

// Store makes *v the latest value and returns its id. Errors are those of
// ring.Writer.Publish. Nothing is allocated.
func (o *Owner[T]) Store(v *T) (netid64.ID, error) {
	id, err := o.w.Publish(0, 0, bytesOf(v))
	if err != nil {
		return o.again(v, err)
	}
	return id, nil
}

// lapTries bounds how often a value that was lapped is stored once more.
const lapTries = 16

func (o *Owner[T]) again(v *T, err error) (id netid64.ID, _ error) {
	for range lapTries {
		if !errors.Is(err, ring.ErrLapped) {
			return 0, err
		}
		if id, err = o.w.Publish(0, 0, bytesOf(v)); err == nil {
			return id, nil
		}
	}
	return 0, err
}

// Close gives the storing back. Calling it again does nothing.
func (o *Owner[T]) Close() error { return o.w.Close() }
