package layout

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func geometry(t Topology, lanes uint32, capacity uint64, payload, stride uint32) Geometry {
	return Geometry{Topology: t, Lanes: lanes, Capacity: capacity, Payload: payload, Stride: stride}
}

// golden is the same on every architecture: a segment is shared between builds.
var golden = []struct {
	g                              Geometry
	stride                         uint32
	slots, size, head, floor, slot uint64 // of the last lane, its last slot
}{
	{geometry(Shared, 1, 2, 0, 0), 64, 768, 896, 512, 640, 832},
	{geometry(Shared, 1, 2, 40, 0), 64, 768, 896, 512, 640, 832},
	{geometry(Shared, 1, 2, 41, 0), 128, 768, 1024, 512, 640, 896},
	{geometry(Shared, 1, 1024, 256, 0), 320, 768, 328448, 512, 640, 328128},
	{geometry(Shared, 1, 1024, 8, 128), 128, 768, 131840, 512, 640, 131712},
	{geometry(Lane, 1, 2, 8, 0), 64, 768, 896, 512, 640, 832},
	{geometry(Lane, 3, 4, 8, 0), 64, 1280, 2048, 1024, 1152, 1984},
	{geometry(Lane, 65536, 2, 8, 0), 64, 16777728, 25166336, 16777472, 16777600, 25166272},
	{geometry(Lane, 16, 65536, 4096, 0), 4160, 4608, 65536*16*4160 + 4608, 4352, 4480, 0},
	{geometry(Shared, 1, 1<<32, 1000, 0), 1024, 768, 1<<42 + 768, 512, 640, 1<<42 + 768 - 1024},
}

func TestTheGoldenTableHoldsOnEveryArchitecture(t *testing.T) {
	for _, row := range golden {
		g, err := row.g.Normalize()
		if err != nil {
			t.Fatalf("%+v: %v", row.g, err)
		}
		last := g.Lanes - 1
		slot := row.slot
		if slot == 0 {
			slot = row.size - uint64(row.stride)
		}
		got := []uint64{uint64(g.Stride), g.SlotsOffset(), g.Size(), g.HeadOffset(last), g.FloorOffset(last), g.SlotOffset(last, g.Capacity-1)}
		want := []uint64{uint64(row.stride), row.slots, row.size, row.head, row.floor, slot}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%+v:\n got %v\nwant %v (stride, slots, size, head, floor, last slot)", row.g, got, want)
		}
	}
}

func TestTheAuxAreaLiesBehindTheSlots(t *testing.T) {
	g, _ := geometry(Lane, 3, 4, 8, 0).Normalize()
	bare := g.Size()
	g.Aux = 384
	if err := g.Check(); err != nil || g.AuxOffset() != bare || g.Size() != bare+384 {
		t.Errorf("%v: aux at %d of %d, want %d of %d", err, g.AuxOffset(), g.Size(), bare, bare+384)
	}
	for _, aux := range []uint64{1, 64, MaxSize, 1 << 63} {
		g.Aux = aux
		if err := g.Check(); !errors.Is(err, ErrGeometry) {
			t.Errorf("aux %d: %v", aux, err)
		}
	}
}

func TestGroupsOfDifferentWritersLieApart(t *testing.T) {
	g, _ := geometry(Lane, 4, 8, 8, 0).Normalize()
	groups := []uint64{0, WaitersOffset}
	for lane := range g.Lanes {
		groups = append(groups, g.HeadOffset(lane), g.FloorOffset(lane), g.SlotOffset(lane, 0))
	}
	for i, a := range groups {
		for _, b := range groups[:i] {
			if a/Separation == b/Separation {
				t.Errorf("groups at %d and %d share %d bytes", b, a, Separation)
			}
		}
	}
	for _, off := range []uint64{WakeOffset, FenceOffset} {
		if off/LineSize != WaitersOffset/LineSize {
			t.Errorf("offset %d of the wait group is on another line", off)
		}
	}
}

func TestSlotsStartOnCacheLines(t *testing.T) {
	for _, row := range golden {
		g, _ := row.g.Normalize()
		for p := range uint64(4) {
			if off := g.SlotOffset(g.Lanes-1, p); off%LineSize != 0 {
				t.Errorf("%+v: slot of position %d at %d", row.g, p, off)
			}
		}
	}
}

func TestBadGeometryIsRefusedWithFieldAndValue(t *testing.T) {
	for _, c := range []struct {
		g     Geometry
		field string
	}{
		{geometry(0, 1, 2, 8, 0), "topology"},
		{geometry(3, 1, 2, 8, 0), "topology"},
		{geometry(Shared, 2, 2, 8, 0), "lanes"},
		{geometry(Lane, 0, 2, 8, 0), "lanes"},
		{geometry(Lane, 65537, 2, 8, 0), "lanes"},
		{geometry(Shared, 1, 0, 8, 0), "capacity"},
		{geometry(Shared, 1, 1, 8, 0), "capacity"},
		{geometry(Shared, 1, 3, 8, 0), "capacity"},
		{geometry(Shared, 1, 1000, 8, 0), "capacity"},
		{geometry(Shared, 1, 1<<33, 8, 0), "capacity"},
		{geometry(Shared, 1, 1<<63, 8, 0), "capacity"},
		{geometry(Shared, 1, 2, 1<<30+1, 0), "payload"},
		{geometry(Shared, 1, 2, 1<<32-1, 0), "payload"},
		{geometry(Shared, 1, 2, 8, 63), "stride"},
		{geometry(Shared, 1, 2, 8, 96), "stride"},
		{geometry(Shared, 1, 2, 41, 64), "stride"},
		{geometry(Lane, 65536, 1<<32, 1<<30, 0), "capacity"},
		{geometry(Shared, 1, 1<<32, 1<<20, 0), "capacity"},
	} {
		_, err := c.g.Normalize()
		var g *GeometryError
		if !errors.As(err, &g) || !errors.Is(err, ErrGeometry) || g.Field != c.field {
			t.Errorf("%+v: got %v, want an error about %s", c.g, err, c.field)
			continue
		}
		if !strings.Contains(err.Error(), fmt.Sprint(g.Value)) {
			t.Errorf("%+v: %q does not name the value %d", c.g, err, g.Value)
		}
	}
}

func TestTheWordKeepsItsParts(t *testing.T) {
	for _, lap := range []uint64{0, 1, 2, 1 << 40, MaxLap} {
		for _, s := range []State{Hole, Committed, Writing, Stalled} {
			for _, node := range []uint16{0, 1, 0xffff} {
				w := MakeWord(lap, s, node)
				if w.Lap() != lap || w.State() != s || w.Node() != node {
					t.Errorf("%d %v %d came back as %d %v %d", lap, s, node, w.Lap(), w.State(), w.Node())
				}
				if w.NoNode() != MakeWord(lap, s, 0) {
					t.Errorf("%#x without its node is %#x", uint64(w), uint64(w.NoNode()))
				}
			}
		}
	}
}

func TestLapsBeginAtOneAndEndWithTheWord(t *testing.T) {
	g, _ := geometry(Shared, 1, 4, 8, 0).Normalize()
	for p, want := range map[uint64]uint64{0: 1, 3: 1, 4: 2, 7: 2, 8: 3} {
		if got := g.Lap(p); got != want {
			t.Errorf("lap of %d is %d, want %d", p, got, want)
		}
	}
	if got := g.Lap(g.MaxPosition() - 1); got != MaxLap {
		t.Errorf("the last position is in lap %d, want %d", got, uint64(MaxLap))
	}
	g.Capacity = MaxCapacity
	if got := g.MaxPosition(); got != 1<<64-1 {
		t.Errorf("2^32 slots: %d positions, want all", got)
	}
}

func identity() Identity {
	id := Identity{
		Kind: 7, Geometry: geometry(Lane, 3, 1024, 40, 128), Fingerprint: 0xfeed, TypeName: "pkg.Price",
		Created: time.Unix(1700000000, 123), Instance: 99,
	}
	id.Geometry.Aux = 128
	id, err := id.Normalize()
	if err != nil {
		panic(err)
	}
	return id
}

func TestAnIdentitySurvivesEncoding(t *testing.T) {
	id := identity()
	var b [IdentitySize]byte
	id.Encode(b[:])
	got, err := Decode(b[:], id.Geometry.Size())
	if err != nil {
		t.Fatal(err)
	}
	if got != id {
		t.Errorf("\n got %+v\nwant %+v", got, id)
	}
}

func TestEveryFlippedBitOfAnIdentityIsNoticed(t *testing.T) {
	id := identity()
	var b [IdentitySize]byte
	id.Encode(b[:])
	for i := range b {
		for bit := range 8 {
			b[i] ^= 1 << bit
			if _, err := Decode(b[:], id.Geometry.Size()); !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrForeign) {
				t.Errorf("byte %d bit %d: %v", i, bit, err)
			}
			b[i] ^= 1 << bit
		}
	}
}

func TestDecodeSaysWhatIsWrong(t *testing.T) {
	id := identity()
	fresh := func() []byte {
		b := make([]byte, IdentitySize)
		id.Encode(b)
		return b
	}
	size := id.Geometry.Size()
	resum := func(b []byte) []byte {
		s := check(b)
		for i := range 8 {
			b[CheckOffset+i] = byte(s >> (8 * i))
		}
		return b
	}
	set := func(off int, v byte) []byte { b := fresh(); b[off] = v; return resum(b) }
	for _, c := range []struct {
		name string
		b    []byte
		size uint64
		err  error
		text string
	}{
		{"short", fresh()[:100], size, ErrForeign, "100 bytes"},
		{"empty file", fresh(), 0, ErrForeign, "0 bytes"},
		{"magic", append([]byte("NOTORBIT"), fresh()[8:]...), size, ErrForeign, "NOTORBIT"},
		{"major", set(MajorOffset, 9), size, ErrForeign, "9"},
		{"kind", set(KindOffset, 0), size, ErrCorrupt, "kind"},
		{"topology", set(TopologyOffset, 9), size, ErrCorrupt, "topology"},
		{"capacity", set(CapacityOffset, 3), size, ErrCorrupt, "capacity"},
		{"type name", set(TypeNameOffset, 255), size, ErrCorrupt, "type name"},
		{"recorded size", set(SizeOffset, 1), size, ErrCorrupt, "recorded size"},
		{"truncated", fresh(), size - 1, ErrCorrupt, fmt.Sprint(size - 1)},
		{"too large", fresh(), size + 1, ErrCorrupt, fmt.Sprint(size + 1)},
	} {
		_, err := Decode(c.b, c.size)
		if !errors.Is(err, c.err) || !strings.Contains(fmt.Sprint(err), c.text) {
			t.Errorf("%s: got %v, want %v naming %q", c.name, err, c.err, c.text)
		}
	}
	if _, err := Decode(set(MinorOffset, 200), size); err != nil {
		t.Errorf("a newer minor version was refused: %v", err)
	}
}

func TestMatchNamesTheFieldAndBothValues(t *testing.T) {
	id := identity()
	for field, change := range map[string]func(*Identity){
		"kind":             func(id *Identity) { id.Kind = 8 },
		"topology":         func(id *Identity) { id.Geometry.Topology = Shared },
		"capacity":         func(id *Identity) { id.Geometry.Capacity = 2048 },
		"lanes":            func(id *Identity) { id.Geometry.Lanes = 4 },
		"payload capacity": func(id *Identity) { id.Geometry.Payload = 41 },
		"stride":           func(id *Identity) { id.Geometry.Stride = 192 },
		"aux":              func(id *Identity) { id.Geometry.Aux = 256 },
		"type":             func(id *Identity) { id.TypeName = "pkg.Other" },
		"shape of type":    func(id *Identity) { id.Fingerprint = 1 },
	} {
		want := id
		change(&want)
		err := id.Match(want)
		var m *MismatchError
		if !errors.As(err, &m) || !errors.Is(err, ErrMismatch) || !strings.HasPrefix(m.Field, field) {
			t.Errorf("%s: %v", field, err)
			continue
		}
		if m.Have == m.Want || !strings.Contains(err.Error(), m.Have) || !strings.Contains(err.Error(), m.Want) {
			t.Errorf("%s: %q does not name both values", field, err)
		}
	}
	other := id
	other.Created, other.Instance = time.Now(), 5
	if err := id.Match(other); err != nil {
		t.Errorf("stamps are not part of the match: %v", err)
	}
}

func TestAKindOfZeroAndALongTypeNameAreRefused(t *testing.T) {
	id := identity()
	id.Kind = 0
	if _, err := id.Normalize(); !errors.Is(err, ErrGeometry) || !strings.Contains(err.Error(), "kind") {
		t.Errorf("kind 0: %v", err)
	}
	id = identity()
	id.TypeName = strings.Repeat("x", MaxTypeName+1)
	if _, err := id.Normalize(); !errors.Is(err, ErrGeometry) {
		t.Errorf("type name: %v", err)
	}
	id.TypeName = id.TypeName[:MaxTypeName]
	if _, err := id.Normalize(); err != nil {
		t.Errorf("longest type name: %v", err)
	}
}
