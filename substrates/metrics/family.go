package metrics

import (
	"time"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/substrates/fleet"
)

// DefaultCapacity is how many samples of a node are kept unless Options say
// otherwise.
const DefaultCapacity = 256

// Options say what the ring of a type's samples looks like. All members must
// say the same.
type Options struct {
	Capacity uint64 // samples of a node that are kept, a power of two; 0 is 256
}

// Family is the samples of T as a member of a fleet has them. Any number of
// goroutines may use it, but none of its methods may run while the fleet is
// closed.
type Family[T fleet.Kinder] struct {
	samples  fleet.Typed[entry[T]]
	capacity uint64
	nodes    int
}

// entry is a sample as it lies in the ring.
type entry[T fleet.Kinder] struct {
	At    int64 // nanoseconds of fleet.Now
	Key   uint64
	Value T
}

// OrbitKind is the kind of T.
func (entry[T]) OrbitKind() uint8 {
	var zero T
	return zero.OrbitKind()
}

// Open opens the samples of T in a fleet. T is checked here, once. Errors are
// those of fleet.Of: ErrShape names a field that cannot be shared,
// layout.ErrMismatch says that the kind carries something else or that other
// members have other Options.
func Open[T fleet.Kinder](f *fleet.Fleet, o Options) (*Family[T], error) {
	if o.Capacity == 0 {
		o.Capacity = DefaultCapacity
	}
	samples, err := fleet.OfSpec[entry[T]](f, fleet.Spec{Topology: fleet.Lane, Capacity: o.Capacity})
	if err != nil {
		return nil, err
	}
	return &Family[T]{samples: samples, capacity: o.Capacity, nodes: f.Size()}, nil
}

// Publish publishes what this node measured at now, usually fleet.Now(), under a
// key. Errors are those of fleet.Family.Publish. Nothing is allocated.
func (m *Family[T]) Publish(now time.Duration, key uint64, v *T) (netid64.ID, error) {
	e := entry[T]{At: int64(now), Key: key, Value: *v}
	return m.samples.Publish(0, 0, &e)
}
