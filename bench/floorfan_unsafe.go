package bench

import (
	"math"
	"sync/atomic"
	"unsafe"
)

// The floor of a stream between several processes: every producer has lines of
// its own, and every consumer reads all lines of all producers. Where seats
// share a processor, those that wait give it away.

// runFan does one side of it.
func (r *run) runFan(base unsafe.Pointer, from, to uint64) {
	t := r.spec.Topology
	if !r.seat.Consumer {
		var credits []*uint64
		for c := range t.Consumers {
			credits = append(credits, floorCreditOf(base, c, r.seat.Index))
		}
		floorSendAll(floorLinesOf(base, r.seat.Index), credits, from, to, r.seat.Crowded)
		return
	}
	var lines []unsafe.Pointer
	var credits []*uint64
	for p := range t.Producers {
		lines = append(lines, floorLinesOf(base, p))
		credits = append(credits, floorCreditOf(base, r.seat.Index, p))
	}
	floorGather(lines, credits, from, to, r.seat.Crowded)
}

// floorSendAll is floorSend for several consumers.
//
//go:noinline
func floorSendAll(lines unsafe.Pointer, credits []*uint64, from, to uint64, crowded bool) {
	for seq := from; seq < to; {
		least := uint64(math.MaxUint64)
		for _, c := range credits {
			least = min(least, atomic.LoadUint64(c))
		}
		limit := min(least+floorWindow, to)
		if seq == limit && crowded {
			yield()
		}
		for seq < limit {
			line := unsafe.Add(lines, (seq&(floorLines-1))<<floorLineShift)
			seq++
			*(*uint64)(line) = seq
		}
	}
}

// floorGather is floorReceive for several producers: in turn, up to floorEvery
// messages of each as long as there are any.
//
//go:noinline
func floorGather(lines []unsafe.Pointer, credits []*uint64, from, to uint64, crowded bool) {
	next := make([]uint64, len(lines))
	for p := range next {
		next[p] = from
	}
	for open := len(lines); open > 0; {
		moved := false
		for p, l := range lines {
			seq := next[p]
			if seq == to {
				continue
			}
			for end := seq - seq%floorEvery + floorEvery; seq < end; seq++ {
				if atomic.LoadUint64((*uint64)(unsafe.Add(l, (seq&(floorLines-1))<<floorLineShift))) != seq+1 {
					break
				}
			}
			if seq == next[p] {
				continue
			}
			moved = true
			if next[p] = seq; seq%floorEvery == 0 {
				*credits[p] = seq
			}
			if seq == to {
				open--
			}
		}
		if !moved && crowded {
			yield()
		}
	}
}

// floorCredit says, before a run, that this consumer has taken everything below
// from: other topologies use the same numbers on.
func (r *run) floorCredit(mem []byte, producer int, from uint64) {
	atomic.StoreUint64(floorCreditOf(unsafe.Pointer(&mem[0]), r.seat.Index, producer), from)
}
