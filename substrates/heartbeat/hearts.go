package heartbeat

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Kind is the kind of the ring of beats.
const Kind = 221

// A beat is a frame of 16 bytes, little-endian: when, in nanoseconds of
// fleet.Now, and the load. A few are kept for whoever follows the ring itself;
// a snapshot needs the newest.
const (
	beatSize = 16
	capacity = 16
)

// ErrInterval: an interval between beats that is not positive.
var ErrInterval = errors.New("orbit: bad interval between beats")

// Options say what clock Run beats by.
type Options struct {
	// Clock is fleet.Now if nil. All members must beat and look by the same.
	Clock func() time.Duration
}

// Hearts are the beats of a fleet as a member has them. Any number of goroutines
// may use it, but none of its methods may run while the fleet is closed.
type Hearts struct {
	family *fleet.Family
	clock  func() time.Duration
}

// Open opens the heartbeats of a fleet. Errors are those of fleet.Fleet.Family.
func Open(f *fleet.Fleet, o Options) (*Hearts, error) {
	family, err := f.OpenReserved(Kind, fleet.Spec{
		Topology: fleet.Lane, Capacity: capacity, Payload: beatSize, TypeName: "orbit.beat",
	})
	if err != nil {
		return nil, err
	}
	h := &Hearts{family: family, clock: o.Clock}
	if h.clock == nil {
		h.clock = fleet.Now
	}
	return h, nil
}

// Beat says that this node is well at now and how loaded it is, in whatever unit
// the fleet has agreed on. It never waits for anybody. Errors are those of
// fleet.Family.Publish. Nothing is allocated.
func (h *Hearts) Beat(now time.Duration, load uint64) (netid64.ID, error) {
	var b [beatSize]byte
	binary.LittleEndian.PutUint64(b[0:], uint64(now))
	binary.LittleEndian.PutUint64(b[8:], load)
	return h.family.Publish(0, 0, b[:])
}

// Run beats at once and then every interval, until ctx ends, and returns
// ctx.Err(); or the error of a beat. load is asked before each beat; nil is no
// load. A beat that is late is not made up for.
func (h *Hearts) Run(ctx context.Context, every time.Duration, load func() uint64) error {
	if every <= 0 {
		return fmt.Errorf("%w: %v, must be more than 0", ErrInterval, every)
	}
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var n uint64
		if load != nil {
			n = load()
		}
		if _, err := h.Beat(h.clock(), n); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-t.C:
		}
	}
}
