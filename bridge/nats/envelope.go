package bridge

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
)

// A message is an envelope, little-endian:
//
//	 0  4  "ORBE"
//	 4  1  version of this format
//	 5  1  class
//	 6  2  number of records
//	 8  8  instance of the origin's ring: another one means other positions
//	16  8  life of the exporter: another one means other sequence numbers
//	24  8  from, the first position that the message covers
//	32  8  to, the position behind the last
//	40  8  sequence number of the first record in this life
//	48  8  head of the origin's ring: what lies between to and head is lag
//	56  8  when it was sent, Unix nanoseconds by the origin's clock
//	64  8  fingerprint of the values' type; 0 for events
//	72  1  length of the host's name, and the name
//	    1  length of the fleet's name, and the name
//	       records
//
// and a record
//
//	 0  1  what it is: a frame or a gap
//	 1  1  op of the frame; cause of the gap
//	 2  2  0
//	 4  4  bytes of payload
//	 8  8  id of the frame; of the first position that the gap has lost
//	16  8  version of the frame; position behind the last that the gap has lost
//	24     payload
//
// Positions ascend within a message. A frame counts one in the sequence, a gap
// as many as it has positions.
const (
	magic         = "ORBE"
	formatVersion = 1
	fixedSize     = 72
	recordSize    = 24
)

type class uint8

const (
	classEvent class = 1 + iota
	classCache
	classLatest
)

func (c class) String() string {
	switch c {
	case classEvent:
		return "event"
	case classCache:
		return "cache"
	case classLatest:
		return "latest"
	}
	return fmt.Sprintf("class %d", uint8(c))
}

const (
	isFrame = 1
	isGap   = 2
)

// header is what an envelope says of all its records.
type header struct {
	class       class
	instance    uint64
	life        uint64
	from, to    uint64
	seq         uint64
	head        uint64
	sent        int64
	fingerprint uint64
	host, fleet []byte
}

// record is a frame or a gap. Its payload lies in the message.
type record struct {
	what     uint8
	op       uint8
	id       netid64.ID
	version  uint64
	payload  []byte
	position uint64 // whole, as decode finds it
}

// until returns the position behind what the record covers.
func (r *record) until() uint64 {
	if r.what == isGap {
		return r.version
	}
	return r.position + 1
}

// weight is what the record counts in the sequence.
func (r *record) weight() uint64 { return r.until() - r.position }

// batch is a message that is being written.
type batch struct {
	buf   []byte
	count int
}

const (
	// batchBytes and batchRecords bound a message. Beyond them it would only be
	// late: what is saved by one message for many is saved long before.
	batchBytes   = 64 << 10
	batchRecords = 1024
)

// begin starts a message; its header is filled in by end.
func (m *batch) begin(host, fleet string) {
	m.buf = append(m.buf[:0], make([]byte, fixedSize)...)
	m.buf = append(m.buf, uint8(len(host)))
	m.buf = append(m.buf, host...)
	m.buf = append(m.buf, uint8(len(fleet)))
	m.buf = append(m.buf, fleet...)
	m.count = 0
}

// full says that another record should go into another message.
func (m *batch) full() bool { return m.count >= batchRecords || len(m.buf) >= batchBytes }

func (m *batch) frame(f *ring.Frame) {
	m.record(isFrame, f.Op, f.ID, f.Version, f.Payload)
}

func (m *batch) gap(kind uint8, first, until uint64, why Cause) {
	m.record(isGap, uint8(why), netid64.Make(kind, 0, first), until, nil)
}

func (m *batch) record(what, op uint8, id netid64.ID, version uint64, payload []byte) {
	le := binary.LittleEndian
	m.buf = append(m.buf, what, op, 0, 0)
	m.buf = le.AppendUint32(m.buf, uint32(len(payload)))
	m.buf = le.AppendUint64(m.buf, uint64(id))
	m.buf = le.AppendUint64(m.buf, version)
	m.buf = append(m.buf, payload...)
	m.count++
}

// end returns the message with its header.
func (m *batch) end(h *header) []byte {
	le := binary.LittleEndian
	copy(m.buf, magic)
	m.buf[4], m.buf[5] = formatVersion, uint8(h.class)
	le.PutUint16(m.buf[6:], uint16(m.count))
	for i, v := range []uint64{h.instance, h.life, h.from, h.to, h.seq, h.head, uint64(h.sent), h.fingerprint} {
		le.PutUint64(m.buf[8+8*i:], v)
	}
	return m.buf
}

// Why a message is no envelope for us.
var (
	errForeign = errors.New("orbit: message is no envelope of a bridge")
	errVersion = errors.New("orbit: envelope of another version")
)

func foreign(format string, a ...any) error {
	return fmt.Errorf("%w: %s", errForeign, fmt.Sprintf(format, a...))
}

// decode reads a message. Records are appended to into and point into data. A
// message is right as a whole or refused as a whole.
func decode(data []byte, into []record) (header, []record, error) {
	var h header
	into = into[:0]
	le := binary.LittleEndian
	switch {
	case len(data) < fixedSize+2 || string(data[:4]) != magic:
		return h, into, foreign("%d bytes without the mark %q", len(data), magic)
	case data[4] != formatVersion:
		return h, into, fmt.Errorf("%w: %d, this bridge speaks %d; run the same release on both hosts", errVersion, data[4], formatVersion)
	}
	h = header{
		class: class(data[5]), instance: le.Uint64(data[8:]), life: le.Uint64(data[16:]),
		from: le.Uint64(data[24:]), to: le.Uint64(data[32:]), seq: le.Uint64(data[40:]),
		head: le.Uint64(data[48:]), sent: int64(le.Uint64(data[56:])), fingerprint: le.Uint64(data[64:]),
	}
	rest, ok := data[fixedSize:], false
	if h.host, rest, ok = shortText(rest); !ok {
		return h, into, foreign("it ends within the host's name")
	}
	if h.fleet, rest, ok = shortText(rest); !ok {
		return h, into, foreign("it ends within the fleet's name")
	}
	if h.class < classEvent || h.class > classLatest {
		return h, into, foreign("there is no %v", h.class)
	}
	if h.from > h.to || h.to > maxPosition {
		return h, into, foreign("it covers positions %d to %d", h.from, h.to)
	}
	least, count := h.from, int(le.Uint16(data[6:]))
	for i := range count {
		if len(rest) < recordSize {
			return h, into, foreign("it ends within record %d of %d", i, count)
		}
		r := record{what: rest[0], op: rest[1], id: netid64.ID(le.Uint64(rest[8:])), version: le.Uint64(rest[16:])}
		size := le.Uint32(rest[4:])
		rest = rest[recordSize:]
		if uint64(size) > uint64(len(rest)) {
			return h, into, foreign("it ends within record %d of %d", i, count)
		}
		r.payload, rest = rest[:size:size], rest[size:]
		r.position = least + (r.id.Counter()-least)&netid64.CounterMask
		if h.class != classLatest { // those are of many lanes
			if (r.what != isFrame && r.what != isGap) || r.position >= h.to || r.until() <= r.position || r.until() > h.to {
				return h, into, foreign("record %d of %d does not lie in the positions that it covers", i, count)
			}
			least = r.until()
		}
		into = append(into, r)
	}
	if len(rest) > 0 {
		return h, into, foreign("%d bytes behind its records", len(rest))
	}
	return h, into, nil
}

// maxPosition is more than a ring of any kind reaches, and far from where sums
// of positions overflow.
const maxPosition = 1 << 62

func shortText(data []byte) (text, rest []byte, ok bool) {
	if len(data) < 1 || len(data) < 1+int(data[0]) {
		return nil, nil, false
	}
	n := 1 + int(data[0])
	return data[1:n:n], data[n:], true
}
