package layout

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"strings"
	"time"
)

// Identity is what a segment says of itself: the header's first 256 bytes.
type Identity struct {
	Kind        uint8
	Geometry    Geometry
	Fingerprint uint64 // hash of the payload type's shape, 0 = untyped
	TypeName    string // name of the payload type, at most MaxTypeName bytes
	Created     time.Time
	Instance    uint64 // random
	Minor       uint16 // layout minor of the creator; set by Decode
}

// Normalize completes the geometry and checks all fields that a caller chooses.
func (id Identity) Normalize() (Identity, error) {
	if id.Kind == 0 {
		return id, &GeometryError{Field: "kind", Value: 0, Rule: "must be 1 to 255"}
	}
	if len(id.TypeName) > MaxTypeName {
		return id, &GeometryError{Field: "type name length", Value: uint64(len(id.TypeName)),
			Rule: fmt.Sprintf("must be at most %d bytes", MaxTypeName)}
	}
	var err error
	id.Geometry, err = id.Geometry.Normalize()
	return id, err
}

// Encode writes the identity into the first IdentitySize bytes of dst. id must
// have passed Normalize.
func (id Identity) Encode(dst []byte) {
	dst = dst[:IdentitySize]
	clear(dst)
	le := binary.LittleEndian
	copy(dst[MagicOffset:], Magic)
	le.PutUint16(dst[MajorOffset:], Major)
	le.PutUint16(dst[MinorOffset:], Minor)
	dst[KindOffset] = id.Kind
	dst[TopologyOffset] = uint8(id.Geometry.Topology)
	le.PutUint32(dst[LanesOffset:], id.Geometry.Lanes)
	le.PutUint32(dst[PayloadOffset:], id.Geometry.Payload)
	le.PutUint32(dst[StrideOffset:], id.Geometry.Stride)
	le.PutUint64(dst[CapacityOffset:], id.Geometry.Capacity)
	le.PutUint64(dst[SizeOffset:], id.Geometry.Size())
	le.PutUint64(dst[AuxSizeOffset:], id.Geometry.Aux)
	le.PutUint64(dst[FingerprintOffset:], id.Fingerprint)
	le.PutUint64(dst[CreatedOffset:], uint64(id.Created.UnixNano()))
	le.PutUint64(dst[InstanceOffset:], id.Instance)
	dst[TypeNameOffset] = uint8(len(id.TypeName))
	copy(dst[TypeNameOffset+1:CheckOffset], id.TypeName)
	le.PutUint64(dst[CheckOffset:], check(dst))
}

// check guards against accidents, not against malice: every value is checked
// for itself as well.
func check(identity []byte) uint64 {
	h := fnv.New64a()
	h.Write(identity[:CheckOffset])
	return h.Sum64()
}

// Decode reads and checks an identity. src must be a private copy of the
// header's first bytes, since a live mapping may change under the check; size
// is the size of the whole segment as the kernel knows it. Errors are
// *HeaderError, wrapping ErrForeign or ErrCorrupt.
func Decode(src []byte, size uint64) (Identity, error) {
	foreign := func(field, have, want string) (Identity, error) {
		return Identity{}, &HeaderError{Err: ErrForeign, Field: field, Have: have, Want: want}
	}
	corrupt := func(field, have, want string) (Identity, error) {
		return Identity{}, &HeaderError{Err: ErrCorrupt, Field: field, Have: have, Want: want}
	}
	if len(src) < IdentitySize || size < HeaderSize {
		return foreign("size", fmt.Sprint(min(uint64(len(src)), size), " bytes"), fmt.Sprint("at least ", HeaderSize, " bytes"))
	}
	src = src[:IdentitySize]
	le := binary.LittleEndian
	if magic := string(src[:len(Magic)]); magic != Magic {
		return foreign("magic", fmt.Sprintf("%q", magic), fmt.Sprintf("%q", Magic))
	}
	if major := le.Uint16(src[MajorOffset:]); major != Major {
		return foreign("layout major version", fmt.Sprint(major), fmt.Sprint(Major))
	}
	if have, want := le.Uint64(src[CheckOffset:]), check(src); have != want {
		return corrupt("checksum", fmt.Sprintf("%#016x", have), fmt.Sprintf("%#016x", want))
	}
	id := Identity{
		Kind: src[KindOffset],
		Geometry: Geometry{
			Topology: Topology(src[TopologyOffset]),
			Lanes:    le.Uint32(src[LanesOffset:]),
			Capacity: le.Uint64(src[CapacityOffset:]),
			Payload:  le.Uint32(src[PayloadOffset:]),
			Stride:   le.Uint32(src[StrideOffset:]),
			Aux:      le.Uint64(src[AuxSizeOffset:]),
		},
		Fingerprint: le.Uint64(src[FingerprintOffset:]),
		Created:     time.Unix(0, int64(le.Uint64(src[CreatedOffset:]))),
		Instance:    le.Uint64(src[InstanceOffset:]),
		Minor:       le.Uint16(src[MinorOffset:]),
	}
	if id.Kind == 0 {
		return corrupt("kind", "0", "1 to 255")
	}
	if err := id.Geometry.Check(); err != nil {
		g := err.(*GeometryError)
		return corrupt(g.Field, fmt.Sprint(g.Value), strings.TrimPrefix(g.Rule, "must be "))
	}
	n := int(src[TypeNameOffset])
	if n > MaxTypeName {
		return corrupt("type name length", fmt.Sprint(n), fmt.Sprint("at most ", MaxTypeName))
	}
	id.TypeName = string(src[TypeNameOffset+1:][:n])
	if have, want := le.Uint64(src[SizeOffset:]), id.Geometry.Size(); have != want {
		return corrupt("recorded size", fmt.Sprint(have, " bytes"), fmt.Sprint(want, " bytes by its geometry"))
	}
	if want := id.Geometry.Size(); size != want {
		return corrupt("segment size", fmt.Sprint(size, " bytes"), fmt.Sprint(want, " bytes by its geometry"))
	}
	return id, nil
}

// Match checks that a segment is the one that was asked for. want must have
// passed Normalize. The error is a *MismatchError.
func (id Identity) Match(want Identity) error {
	differ := func(field string, have, want any) error {
		return &MismatchError{Field: field, Have: fmt.Sprint(have), Want: fmt.Sprint(want)}
	}
	g, w := id.Geometry, want.Geometry
	switch {
	case id.Kind != want.Kind:
		return differ("kind", id.Kind, want.Kind)
	case g.Topology != w.Topology:
		return differ("topology", g.Topology, w.Topology)
	case g.Capacity != w.Capacity:
		return differ("capacity", g.Capacity, w.Capacity)
	case g.Lanes != w.Lanes:
		return differ("lanes", g.Lanes, w.Lanes)
	case g.Payload != w.Payload:
		return differ("payload capacity", g.Payload, w.Payload)
	case g.Stride != w.Stride:
		return differ("stride", g.Stride, w.Stride)
	case g.Aux != w.Aux:
		return differ("aux", g.Aux, w.Aux)
	case id.TypeName != want.TypeName:
		return differ("type", fmt.Sprintf("%q", id.TypeName), fmt.Sprintf("%q", want.TypeName))
	case id.Fingerprint != want.Fingerprint:
		return differ(fmt.Sprintf("shape of type %q", id.TypeName),
			fmt.Sprintf("%#x", id.Fingerprint), fmt.Sprintf("%#x", want.Fingerprint))
	}
	return nil
}
