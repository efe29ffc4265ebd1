package layout

import "math/bits"

// Topology says how writers share a ring.
type Topology uint8

const (
	// Lane: every node has a lane of its own and is its only writer.
	Lane Topology = 1
	// Shared: all nodes write one lane in one total order.
	Shared Topology = 2
)

func (t Topology) String() string {
	switch t {
	case Lane:
		return "lane"
	case Shared:
		return "shared"
	}
	return "unknown"
}

const (
	// LineSize is the unit of the stride: a cache line on every CPU but Apple's.
	LineSize = 64
	// Separation is the distance between groups that different processes write.
	Separation = 128

	// MinCapacity is the smallest number of slots in a lane.
	MinCapacity = 2
	// MaxCapacity bounds the slots of a lane far below 2^39, so that a 40-bit
	// id counter always names one position within a lap of head.
	MaxCapacity = 1 << 32
	// MaxPayload bounds the payload capacity of a slot, in bytes.
	MaxPayload = 1 << 30
	// MaxSize bounds the size of a segment, in bytes.
	MaxSize = 1 << 46
)

// Geometry is the shape of a ring: who writes where, how many slots, how large.
type Geometry struct {
	Topology Topology
	Lanes    uint32 // 1 for Shared; for Lane the number of nodes, at most 65536
	Capacity uint64 // slots of a lane, a power of two
	Payload  uint32 // bytes that a slot can carry
	Stride   uint32 // bytes from slot to slot; 0 asks for the smallest
	Aux      uint64 // bytes behind the slots for what is kept beside the ring, a multiple of 128
}

// MinStride returns the smallest stride that holds the header and payload
// bytes: a multiple of 64.
func MinStride(payload uint32) uint32 {
	return (SlotHeaderSize + payload + LineSize - 1) &^ (LineSize - 1)
}

// Normalize fills in what may be left zero (Stride; Lanes of a shared ring)
// and checks the whole. The error is a *GeometryError and wraps ErrGeometry.
func (g Geometry) Normalize() (Geometry, error) {
	if g.Topology == Shared && g.Lanes == 0 {
		g.Lanes = 1
	}
	if g.Stride == 0 && g.Payload <= MaxPayload {
		g.Stride = MinStride(g.Payload)
	}
	return g, g.Check()
}

// Check reports the first rule that g breaks as a *GeometryError.
func (g Geometry) Check() error {
	bad := func(field string, value uint64, rule string) error {
		return &GeometryError{Field: field, Value: value, Rule: rule}
	}
	switch {
	case g.Topology != Lane && g.Topology != Shared:
		return bad("topology", uint64(g.Topology), "must be lane (1) or shared (2)")
	case g.Topology == Shared && g.Lanes != 1:
		return bad("lanes", uint64(g.Lanes), "a shared ring has exactly 1 lane")
	case g.Lanes < 1 || g.Lanes > MaxNodes:
		return bad("lanes", uint64(g.Lanes), "must be 1 to 65536, one for each node")
	case g.Capacity < MinCapacity || g.Capacity > MaxCapacity || g.Capacity&(g.Capacity-1) != 0:
		return bad("capacity", g.Capacity, "must be a power of two from 2 to 2^32 slots")
	case g.Payload > MaxPayload:
		return bad("payload", uint64(g.Payload), "must be at most 2^30 bytes")
	case g.Stride%LineSize != 0 || g.Stride < MinStride(g.Payload):
		return bad("stride", uint64(g.Stride),
			"must be a multiple of 64 that holds the 24-byte slot header and the payload capacity")
	}
	if g.Aux%Separation != 0 || g.Aux > MaxSize {
		return bad("aux", g.Aux, "must be a multiple of 128 up to 2^46 bytes")
	}
	if _, ok := g.size(); !ok {
		return bad("capacity", g.Capacity, "lanes × capacity × stride + aux must stay below 2^46 bytes")
	}
	return nil
}

func (g Geometry) size() (uint64, bool) {
	hi, slots := bits.Mul64(g.Capacity, uint64(g.Lanes))
	if hi != 0 {
		return 0, false
	}
	hi, body := bits.Mul64(slots, uint64(g.Stride))
	if hi != 0 || body > MaxSize {
		return 0, false
	}
	n := g.SlotsOffset() + body + g.Aux
	return n, n <= MaxSize
}

// Size returns the bytes of a whole segment. g must have passed Check.
func (g Geometry) Size() uint64 {
	n, _ := g.size()
	return n
}

// HeadOffset returns where the head of a lane lies.
//
// u64, in positions, initially 0: the next position of the lane. Written by
// the lane's writer (lane topology, plain store after commit) or moved forward
// by anyone's compare-and-swap (shared). A hint: slot words decide.
func (g Geometry) HeadOffset(lane uint32) uint64 {
	return HeaderSize + uint64(lane)*LaneBlockSize
}

// FloorOffset returns where the floor of a lane lies.
//
// u64, in positions, initially 0: positions below it were reset away. Raised
// by compare-and-swap of any member, read by every cursor.
func (g Geometry) FloorOffset(lane uint32) uint64 {
	return g.HeadOffset(lane) + Separation
}

// SlotsOffset returns where the slots of lane 0 begin.
func (g Geometry) SlotsOffset() uint64 {
	return HeaderSize + uint64(g.Lanes)*LaneBlockSize
}

// SlotOffset returns where the slot of a position of a lane begins.
func (g Geometry) SlotOffset(lane uint32, position uint64) uint64 {
	slot := uint64(lane)*g.Capacity + position&(g.Capacity-1)
	return g.SlotsOffset() + slot*uint64(g.Stride)
}

// AuxOffset returns where the aux area begins: behind the last slot. Its layout
// is its owner's; the ring does not look at it.
func (g Geometry) AuxOffset() uint64 { return g.Size() - g.Aux }

// Lap returns the lap of a position: 1 for the first round through the slots.
func (g Geometry) Lap(position uint64) uint64 {
	return position>>bits.TrailingZeros64(g.Capacity) + 1
}

// MaxPosition returns the number of positions a lane has before the lap field
// of the slot word is used up; the last one is MaxPosition-1. Saturates at
// 2^64-1 where the lap field outlives the position.
func (g Geometry) MaxPosition() uint64 {
	hi, n := bits.Mul64(MaxLap, g.Capacity)
	if hi != 0 {
		return 1<<64 - 1
	}
	return n
}
