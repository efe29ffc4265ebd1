package bench

import (
	"errors"
	"sync/atomic"
)

// A page is the control page: what the processes of a run tell each other while
// it runs. Every worker has words of its own, on lines of its own, which it
// alone writes; everyone reads. All words are u64.
//
//	line 0 of a worker   arrived   the last barrier it reached, counted up, never reset
//	line 1               final     1 + the number of messages it sent, 0 while it sends
//	line 2               taken[16] by producer: how far this consumer has taken its messages
//	line 3               start     rate: when this producer's first message is due; wake: when
//	                               it began to publish the latest; ns on the common clock
//
// Initially all zero. All but arrived are set to zero by their worker before
// it arrives at the first barrier of a run.
type page struct{ mapping *mapping }

const (
	pageLine   = 128 // adjacent lines are fetched in pairs
	workerSize = 4 * pageLine
	pageSize   = 2 * MaxSide * workerSize
)

func (p page) arrived(slot int) *uint64 { return p.word(slot, 0, 0) }
func (p page) final(slot int) *uint64   { return p.word(slot, 1, 0) }
func (p page) start(slot int) *uint64   { return p.word(slot, 3, 0) }
func (p page) taken(slot, producer int) *uint64 {
	return p.word(slot, 2, producer)
}

// producerSlot and consumerSlot give a worker its place in the page.
func producerSlot(i int) int { return i }
func consumerSlot(i int) int { return MaxSide + i }

// errStalled: nothing moved for longer than any healthy run would stand still.
var errStalled = errors.New("stalled: no message moved")

// meet is the barrier: it returns when every slot of the party has reached
// the number gen.
func (p page) meet(slot int, party []int, gen uint64, w *waiter) error {
	atomic.StoreUint64(p.arrived(slot), gen)
	w.reset()
	for _, other := range party {
		for atomic.LoadUint64(p.arrived(other)) < gen {
			if !w.pause() {
				return errStalled
			}
		}
	}
	return nil
}
