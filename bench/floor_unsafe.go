package bench

import (
	"sync/atomic"
	"unsafe"
)

// The floor is the cheapest exchange that two processes can have over this
// kind of memory: plain stores on one side, plain loads on the other, and
// nothing else in the loop. On amd64 atomic.LoadUint64 is a plain MOV; it only
// keeps the compiler from taking the load out of the loop. A plain Go store
// needs no fence here, because the word that is stored is the whole message:
// there is nothing before it that a reader could miss.
//
// Variants were tried on Intel and AMD virtual machines (two pinned vCPUs):
// windows of 64 … 65536 lines, pauses of 2 … 1000 steps between polls, waiting
// for the end of a batch before its start, credit every 8 … 512 lines, pairs of
// words 64 … 4096 bytes apart. Up to 512 lines a message costs 8 ns, 1024
// lines 6.5, 4096 4.4, beyond that no less; everything else changes nothing
// that can be told from noise, or costs. So the floor is a window of 4096
// lines, credit every 64, no pause, and for the ping-pong two words 256 bytes
// apart.
const (
	floorLineShift  = 6 // 64 bytes: one line a message
	floorWindow     = 4096
	floorLines      = 2 * floorWindow
	floorEvery      = 64
	floorPing       = 0                                       // offset of the word that travels there
	floorPong       = 256                                     // offset of the word that travels back
	floorOne        = 768                                     // offset of the word that both write
	floorStamp      = 1024                                    // offset of the word with a stamp of the sender
	floorFutex      = 1280                                    // offset of the word that one sleeps on
	floorCredits    = 4096                                    // offset of the consumers' indices, a line each
	floorStreamBase = floorCredits + MaxSide*MaxSide*pageLine // offset of the lines
)

// floorSize is the size of the memory for floors of up to so many producers.
func floorSize(producers int) int {
	return floorStreamBase + producers*floorLines<<floorLineShift
}

// floorSend stores words from+1 … to, each into the next line, never more than
// the window ahead of the credit word.
//
//go:noinline
func floorSend(lines, credit unsafe.Pointer, from, to uint64) {
	seq := from
	for seq < to {
		limit := atomic.LoadUint64((*uint64)(credit)) + floorWindow
		if limit > to {
			limit = to
		}
		for seq < limit {
			line := unsafe.Add(lines, (seq&(floorLines-1))<<floorLineShift)
			seq++
			*(*uint64)(line) = seq
		}
	}
}

// floorReceive waits for each of these words in turn. to-from must be a
// multiple of floorEvery.
//
//go:noinline
func floorReceive(lines, credit unsafe.Pointer, from, to uint64) {
	seq := from
	for seq < to {
		end := seq + floorEvery
		for seq < end {
			line := (*uint64)(unsafe.Add(lines, (seq&(floorLines-1))<<floorLineShift))
			seq++
			for atomic.LoadUint64(line) != seq {
			}
		}
		*(*uint64)(credit) = seq
	}
}

// floorServe sends each number from+1 … to and waits for its return.
//
//go:noinline
func floorServe(there, back *uint64, from, to uint64) {
	for i := from + 1; i <= to; i++ {
		*there = i
		for atomic.LoadUint64(back) != i {
		}
	}
}

// floorReturn sends each number back.
//
//go:noinline
func floorReturn(there, back *uint64, from, to uint64) {
	for i := from + 1; i <= to; i++ {
		for atomic.LoadUint64(there) != i {
		}
		*back = i
	}
}

// floorServeOne and floorReturnOne exchange over one word that both write, for
// information: where the hardware notices that a line migrates, this is
// cheaper still, but no channel can be built on it, since each side destroys
// the other's message.
//
//go:noinline
func floorServeOne(word *uint64, from, to uint64) {
	for i := from; i < to; i++ {
		*word = 2*i + 1
		for atomic.LoadUint64(word) != 2*i+2 {
		}
	}
}

//go:noinline
func floorReturnOne(word *uint64, from, to uint64) {
	for i := from; i < to; i++ {
		for atomic.LoadUint64(word) != 2*i+1 {
		}
		*word = 2*i + 2
	}
}

// runFloor does one side of a floor measurement in shared memory of floorSize.
func (r *run) runFloor(mem []byte, o order) {
	base, first := unsafe.Pointer(&mem[0]), !r.seat.Consumer
	there, back := (*uint64)(unsafe.Add(base, floorPing)), (*uint64)(unsafe.Add(base, floorPong))
	from, to := o.From, o.To
	switch {
	case o.Spec.Mode == Stream && o.Spec.Topology != Topology{1, 1}:
		r.runFan(base, from, to)
	case o.Variant == ofBareFrames && first:
		frameSend(floorLinesOf(base, 0), unsafe.Pointer(floorCreditOf(base, 0, 0)), from, to)
	case o.Variant == ofBareFrames:
		frameReceive(floorLinesOf(base, 0), unsafe.Pointer(floorCreditOf(base, 0, 0)), from, to)
	case o.Spec.Mode == Stream && first:
		floorSend(floorLinesOf(base, 0), unsafe.Pointer(floorCreditOf(base, 0, 0)), from, to)
	case o.Spec.Mode == Stream:
		floorReceive(floorLinesOf(base, 0), unsafe.Pointer(floorCreditOf(base, 0, 0)), from, to)
	case o.Variant == overOneWord && first:
		floorServeOne((*uint64)(unsafe.Add(base, floorOne)), from, to)
	case o.Variant == overOneWord:
		floorReturnOne((*uint64)(unsafe.Add(base, floorOne)), from, to)
	case first:
		floorServe(there, back, from, to)
	default:
		floorReturn(there, back, from, to)
	}
}

// floorLinesOf are the lines that a producer writes, floorCreditOf the word in
// which a consumer says how far it has taken them.
func floorLinesOf(base unsafe.Pointer, producer int) unsafe.Pointer {
	return unsafe.Add(base, floorStreamBase+producer*floorLines<<floorLineShift)
}

func floorCreditOf(base unsafe.Pointer, consumer, producer int) *uint64 {
	return (*uint64)(unsafe.Add(base, floorCredits+(consumer*MaxSide+producer)*pageLine))
}
