package fleet

import (
	"math"

	"github.com/orbitring/orbit/ring/layout"
)

// The topologies, for a Spec.
const (
	// Shared: all nodes publish into one sequence, in one total order.
	Shared = layout.Shared
	// Lane: every node has a sequence of its own, which no other can push out.
	Lane = layout.Lane
)

// Kinds.
const (
	// MaxKind is the last kind of the users; the first is 1.
	MaxKind = 191
	// RollKind is the kind of the membership roll.
	RollKind = 255
)

// What a Spec leaves out.
const (
	DefaultCapacity = 1024 // slots of a lane
	DefaultPayload  = 256  // bytes
	// NoPayload asks for frames without payload, since 0 asks for the default.
	NoPayload = math.MaxUint32
)

// Spec says what the ring of a kind looks like. All members must say the same.
// The zero value is a shared ring of 1024 slots of 256 bytes.
type Spec struct {
	Topology layout.Topology // Shared or Lane; 0 is Shared
	Capacity uint64          // slots of a lane, a power of two; 0 is DefaultCapacity
	Payload  uint32          // bytes that a frame can carry; 0 is DefaultPayload
	Stride   uint32          // bytes from slot to slot, a multiple of 64; 0 is the smallest
	Aux      uint64          // bytes beside the ring, for a substrate; a multiple of 128

	TypeName    string // of the values, at most layout.MaxTypeName bytes; "" is plain bytes
	Fingerprint uint64 // hash of the type's shape; 0 is none
}

// identity completes s for a kind of a fleet of this size and checks it.
func (s Spec) identity(kind uint8, size int) (layout.Identity, error) {
	id := layout.Identity{
		Kind: kind, TypeName: s.TypeName, Fingerprint: s.Fingerprint,
		Geometry: layout.Geometry{
			Topology: s.Topology, Lanes: 1, Capacity: s.Capacity,
			Payload: s.Payload, Stride: s.Stride, Aux: s.Aux,
		},
	}
	g := &id.Geometry
	if g.Topology == 0 {
		g.Topology = Shared
	}
	if g.Topology == Lane {
		g.Lanes = uint32(size)
	}
	if g.Capacity == 0 {
		g.Capacity = DefaultCapacity
	}
	switch g.Payload {
	case 0:
		g.Payload = DefaultPayload
	case NoPayload:
		g.Payload = 0
	}
	return id.Normalize()
}

// userKind refuses what is not a kind of the users.
func userKind(kind uint8) error {
	switch {
	case kind == 0:
		return &KindError{Kind: kind, Rule: "kinds are 1 to 191"}
	case kind > MaxKind:
		return &KindError{Kind: kind, Rule: "192 to 255 belong to Orbit, yours are 1 to 191"}
	}
	return nil
}
