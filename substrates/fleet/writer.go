package fleet

import (
	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
)

// Writer publishes the values of one type as this node without any lock. One
// goroutine at a time may use it.
type Writer[T Kinder] struct {
	*ring.Writer
}

// Writer hands this node's writer to the caller's goroutine until it closes it:
// see Family.Writer.
func (t Typed[T]) Writer() (*Writer[T], error) {
	w, err := t.Family.Writer()
	if err != nil {
		return nil, err
	}
	return &Writer[T]{w}, nil
}

// Publish publishes a value; see ring.Writer.Publish. *v must not change
// meanwhile.
func (w *Writer[T]) Publish(op uint8, version uint64, v *T) (netid64.ID, error) {
	return w.Writer.Publish(op, version, bytesOf(v))
}
