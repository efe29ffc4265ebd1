package bench

import (
	"sync/atomic"
	"unsafe"
)

// A bare frame is what a lane's slot of one line gets, in the same order: a mark,
// the header, 32 bytes of payload, and the mark's word again without its top bit.
const (
	frameMark = 1 << 63
	frameTag  = 1 << 62 // tells its words from those of the floor in the same lines
)

// frameFence is loaded between mark and commit, or the compiler would take the
// mark for dead. Nobody writes it.
var frameFence uint64

// frameSend is floorSend with bare frames.
//
//go:noinline
func frameSend(lines, credit unsafe.Pointer, from, to uint64) {
	seq := from
	for seq < to {
		limit := atomic.LoadUint64((*uint64)(credit)) + floorWindow
		if limit > to {
			limit = to
		}
		for seq < limit {
			line := (*[8]uint64)(unsafe.Add(lines, (seq&(floorLines-1))<<floorLineShift))
			seq++
			line[0] = seq | frameTag | frameMark
			line[1], line[2] = seq, seq
			line[3], line[4], line[5], line[6] = seq, seq, seq, seq
			atomic.LoadUint64(&frameFence)
			line[0] = seq | frameTag
		}
	}
}

// frameReceive is floorReceive with bare frames: it loads all of each, and the
// word once more.
//
//go:noinline
func frameReceive(lines, credit unsafe.Pointer, from, to uint64) {
	seq := from
	for seq < to {
		end := seq + floorEvery
		for seq < end {
			line := (*[8]uint64)(unsafe.Add(lines, (seq&(floorLines-1))<<floorLineShift))
			seq++
			for {
				for atomic.LoadUint64(&line[0]) != seq|frameTag {
				}
				wrong := line[1] ^ seq | line[2] ^ seq | line[3] ^ seq | line[4] ^ seq | line[5] ^ seq | line[6] ^ seq
				if atomic.LoadUint64(&line[0]) == seq|frameTag && wrong == 0 {
					break
				}
			}
		}
		*(*uint64)(credit) = seq
	}
}
