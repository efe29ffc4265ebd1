package ring

import (
	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring/internal/slotcopy"
)

// Frame is one message as a reader gets it. The caller owns it and its buffer:
// Payload must have the capacity for every frame of the ring before it is handed
// in (Ring.NewFrame makes one that does), and holds the bytes afterwards. Reading
// into the same frame again overwrites them.
type Frame struct {
	ID      netid64.ID // kind of the ring, node of the writer, low 40 bits of the position
	Version uint64     // the publisher's
	Op      uint8      // message class inside the ring, the publisher's
	Payload []byte     // the bytes
}

// NewFrame returns a frame with a buffer for every frame of the ring.
func (r *Ring) NewFrame() Frame { return r.NewFrames(1)[0] }

// NewFrames returns n of them, with one allocation for all buffers. A buffer has
// at least the capacity that slots of one cache line are read into in one go;
// smaller ones that hold the payload capacity work as well, slower.
func (r *Ring) NewFrames(n int) []Frame {
	size := max(r.PayloadCapacity(), slotcopy.LinePayload)
	frames, buf := make([]Frame, n), make([]byte, n*size)
	for i := range frames {
		frames[i].Payload = buf[i*size : i*size : (i+1)*size]
	}
	return frames
}

// Message is one message of a batch.
type Message struct {
	Op      uint8
	Version uint64
	Payload []byte
}

// Loss counts the positions that a cursor passed without a frame, by cause.
type Loss struct {
	Overwritten uint64 // writers had come around before the cursor
	Unavailable uint64 // the writer died, stalled, or left something that cannot be trusted
	Reset       uint64 // removed by Ring.Reset before they were read
}

// Total is the number of positions lost.
func (l Loss) Total() uint64 { return l.Overwritten + l.Unavailable + l.Reset }

// Add returns the sum of two losses.
func (l Loss) Add(m Loss) Loss {
	return Loss{l.Overwritten + m.Overwritten, l.Unavailable + m.Unavailable, l.Reset + m.Reset}
}

// Sub returns l without m, an earlier reading of the same counter.
func (l Loss) Sub(m Loss) Loss {
	return Loss{l.Overwritten - m.Overwritten, l.Unavailable - m.Unavailable, l.Reset - m.Reset}
}
