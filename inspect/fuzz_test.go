package inspect

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// fuzzKinds are rings whose frames are decoded, and one whose are not.
var fuzzKinds = []uint8{7, 200, 220, 221, 222, 255}

// imageOf makes the image of a small ring of a kind with some frames.
func imageOf(t testing.TB, kind uint8, topology layout.Topology) []byte {
	t.Helper()
	m, err := ring.NewMemory(layout.Identity{Kind: kind, TypeName: "fuzz", Geometry: layout.Geometry{
		Topology: topology, Lanes: 1, Capacity: 8, Payload: 64, Aux: 128,
	}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := ring.Open(m)
	if err != nil {
		t.Fatal(err)
	}
	w, err := r.Writer(0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 11 {
		payload := []byte("orders: 0123456789")
		if i%2 == 0 {
			payload = payload[:16]
		}
		if _, err := w.Publish(uint8(i), uint64(i), payload); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Reserve(3); err != nil {
		t.Fatal(err)
	}
	return m.Bytes()
}

// FuzzDump reads images of every sort as dumps, with trailers or without, and
// asks all there is to ask. Each is refused as a dump that is none, or answers:
// no panic, no endless loop, nothing out of proportion to the file.
func FuzzDump(f *testing.F) {
	trailer := []byte(`{"orbit_dump":1,"fleet":"shop","nodes":[0,3]}`)
	trailer = binary.LittleEndian.AppendUint64(trailer, uint64(len(trailer)))
	trailer = append(trailer, dumpMagic...)
	for _, kind := range fuzzKinds {
		for _, topology := range []layout.Topology{layout.Lane, layout.Shared} {
			image := imageOf(f, kind, topology)
			f.Add(image, true)
			f.Add(append(bytes.Clone(image), trailer...), false)
		}
	}
	f.Fuzz(func(t *testing.T, file []byte, seal bool) {
		if seal && len(file) >= layout.IdentitySize {
			file = bytes.Clone(file)
			sum := fnv.New64a()
			sum.Write(file[:layout.CheckOffset])
			binary.LittleEndian.PutUint64(file[layout.CheckOffset:], sum.Sum64())
		}
		s, err := readDump(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		defer s.Close()
		s.entry = shm.Entry{Path: "fuzz", Kind: s.Identity().Kind, Identity: s.Identity()}
		known := func(err error) {
			if err != nil && !errors.Is(err, ring.ErrContended) {
				t.Errorf("unexpected error: %v", err)
			}
		}
		st, err := s.Stat(context.Background(), 0)
		known(err)
		for _, l := range st.Lanes {
			if l.Scanned > s.Identity().Geometry.Capacity || l.Committed+l.Holes+l.Stalled+l.Writing+l.Other != l.Scanned {
				t.Errorf("lane %+v", l)
			}
		}
		frames := 0
		count := func(*Frame) error { frames++; return nil }
		known(s.Follow(context.Background(), Tail{Back: 1 << 40, Payload: 16}, count, func(*Lost) error { return nil }))
		if most := int(s.Identity().Geometry.Capacity) * int(s.Identity().Geometry.Lanes); frames > most {
			t.Errorf("%d frames from %d slots", frames, most)
		}
		o := patient{Source: s}
		d := Diagnosis{}
		known(o.remember())
		known(d.examine(&o, time.Second))
	})
}
