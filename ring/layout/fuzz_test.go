package layout

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"time"
)

// FuzzDecode feeds headers of every sort to Decode, with a right checksum or
// as they are. What is accepted must be whole, and say the same when written
// again.
func FuzzDecode(f *testing.F) {
	for _, g := range []Geometry{geometry(Lane, 4, 8, 40, 0), geometry(Shared, 1, 1024, 256, 0)} {
		g, err := g.Normalize()
		if err != nil {
			f.Fatal(err)
		}
		id := Identity{Kind: 7, Geometry: g, Fingerprint: 1, TypeName: "demo.Type", Created: time.Unix(1, 2), Instance: 3}
		var header [IdentitySize]byte
		id.Encode(header[:])
		f.Add(header[:], g.Size(), true)
		f.Add(header[:100], g.Size(), false)
	}
	f.Fuzz(func(t *testing.T, src []byte, size uint64, seal bool) {
		if seal && len(src) >= IdentitySize {
			src = bytes.Clone(src)
			binary.LittleEndian.PutUint64(src[CheckOffset:], check(src))
			if size == 0 { // as a file of the size that the header says
				size = binary.LittleEndian.Uint64(src[SizeOffset:])
			}
		}
		id, err := Decode(src, size)
		if err != nil {
			if detail, ok := errors.AsType[*HeaderError](err); !ok || detail.Field == "" || detail.Have == "" || detail.Want == "" {
				t.Fatalf("error %v", err)
			}
			return
		}
		if err := id.Geometry.Check(); err != nil || id.Geometry.Size() != size || len(id.TypeName) > MaxTypeName || id.Kind == 0 {
			t.Fatalf("accepted %+v (%v) for %d bytes", id, err, size)
		}
		if _, err := id.Normalize(); err != nil {
			t.Fatal(err)
		}
		var again [IdentitySize]byte
		id.Encode(again[:])
		back, err := Decode(again[:], size)
		if back.Minor = id.Minor; err != nil || !back.Created.Equal(id.Created) {
			t.Fatalf("%+v came back as %+v (%v)", id, back, err)
		}
		if back.Created = id.Created; back != id {
			t.Fatalf("%+v came back as %+v", id, back)
		}
	})
}
