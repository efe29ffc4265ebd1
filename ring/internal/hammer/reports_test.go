//go:build linux

package hammer

import (
	"time"

	"github.com/orbitring/orbit/ring"
)

// What the processes of a hammer are told.
type (
	writerOrder struct {
		Name   string
		Node   uint16
		Life   uint64
		Resets bool
		Break  string // how to break the ring: "" does not
		Seed   uint64 // of a soak
	}
	readerOrder struct {
		Name  string
		Nodes int
		Style string
		Stall time.Duration // of a soak, like Seed
		Seed  uint64
	}
)

// What they report when they end.
type writerReport struct {
	Node      uint16
	Life      uint64
	Published uint64 // committed
	Lost      uint64 // ErrLapped
	Aborted   uint64
	Resets    uint64
	LostFirst []uint64 // sequence numbers of lost frames, as many as can be told
	Stats     ring.WriterStats
	Problems  []string
}

type readerReport struct {
	Style      string
	Begin, End []uint64 // positions by lane
	Delivered  []uint64 // by node
	Sequence   []uint64 // by node, the last
	Final      []uint64 // by node, frames of that last life
	Loss       ring.Loss
	Newest     uint64 // frames from Newest
	Reads      uint64 // frames from Read
	Gone       uint64 // answers of Read that the frame is not there
	Samples    []sample
	Violations uint64
	Notes      []string
}

func (r *readerReport) total() uint64 { return sum(r.Delivered) }

// lostQuestion asks a reader for frames that their writer reported as lost.
type lostQuestion struct {
	Node      int
	Sequences []uint64
}

func sum(all []uint64) (n uint64) {
	for _, x := range all {
		n += x
	}
	return n
}
