package bench

import (
	"math"
	"sync/atomic"
	"unsafe"
)

// floorWake is the floor of wake: one process stores a word and wakes the other,
// which sleeps on that word; nothing else. The sleeper returns the times.
func (r *run) floorWake(mem []byte, from, to uint64) *Latency {
	base := unsafe.Pointer(&mem[0])
	word := (*uint32)(unsafe.Add(base, floorFutex))
	stamp, back := (*uint64)(unsafe.Add(base, floorStamp)), (*uint64)(unsafe.Add(base, floorPong))
	if r.seat.Consumer {
		times := newLatency()
		for i := from + 1; i <= to; i++ {
			for was := atomic.LoadUint32(word); was != uint32(i); was = atomic.LoadUint32(word) {
				futexWait(word, was)
			}
			times.record(r.stamp.seen() - int64(atomic.LoadUint64(stamp)))
			atomic.StoreUint64(back, i)
		}
		return times
	}
	for i := from + 1; i <= to; i++ {
		r.until(r.stamp.now() + int64(dozeTime))
		atomic.StoreUint64(stamp, uint64(r.stamp.now()))
		atomic.StoreUint32(word, uint32(i))
		futexWake(word)
		for atomic.LoadUint64(back) != i {
			if r.seat.Crowded {
				yield()
			}
		}
	}
	return nil
}

// apartMode is no mode of a row: it asks how far two processes' clocks are apart.
const apartMode Mode = "clocks"

// floorApart bounds by how much the consumer's clock is ahead of the producer's:
// the consumer's stamp lies between two of the producer, so the narrowest round
// trips bound it from both sides. The producer returns the bounds.
func (r *run) floorApart(mem []byte, from, to uint64) [2]int64 {
	base := unsafe.Pointer(&mem[0])
	there, back := (*uint64)(unsafe.Add(base, floorPing)), (*uint64)(unsafe.Add(base, floorPong))
	stamp := (*uint64)(unsafe.Add(base, floorStamp))
	if r.seat.Consumer {
		for i := from + 1; i <= to; i++ {
			for atomic.LoadUint64(there) != i {
			}
			atomic.StoreUint64(stamp, uint64(r.stamp.seen()))
			atomic.StoreUint64(back, i)
		}
		return [2]int64{}
	}
	bounds := [2]int64{math.MinInt64, math.MaxInt64}
	for i := from + 1; i <= to; i++ {
		sent := r.stamp.now()
		atomic.StoreUint64(there, i)
		for atomic.LoadUint64(back) != i {
		}
		got, theirs := r.stamp.seen(), int64(atomic.LoadUint64(stamp))
		bounds[0] = max(bounds[0], theirs-got)
		bounds[1] = min(bounds[1], theirs-sent)
	}
	return bounds
}
