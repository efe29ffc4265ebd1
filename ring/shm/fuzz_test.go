//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"os"
	"testing"

	"github.com/orbitring/orbit/ring/layout"
)

// FuzzAttach puts images of every sort under a segment's name: cut, lengthened,
// changed, with a right checksum or without. Each is refused with an error that
// says why, or attached whole; nobody faults, and nothing is written to it.
func FuzzAttach(f *testing.F) {
	dir := f.TempDir()
	name, err := Name("fuzz", 7)
	if err != nil {
		f.Fatal(err)
	}
	o := Options{Dir: dir}
	s, err := Unnamed(small(7), o)
	if err != nil {
		f.Fatal(err)
	}
	whole := bytes.Clone(s.Bytes())
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(whole, int64(0), true)
	f.Add(whole[:layout.HeaderSize], int64(0), true)
	f.Add(whole[:100], int64(50), false)
	f.Add(whole, int64(-1), false)
	path := dir + "/" + name
	f.Fuzz(func(t *testing.T, image []byte, longer int64, seal bool) {
		if seal && len(image) >= layout.IdentitySize {
			image = bytes.Clone(image)
			sum := fnv.New64a()
			sum.Write(image[:layout.CheckOffset])
			binary.LittleEndian.PutUint64(image[layout.CheckOffset:], sum.Sum64())
		}
		size := min(max(int64(len(image))+longer%4096, 0), 1<<20)
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
		if err == nil {
			_, err = file.Write(image[:min(int64(len(image)), size)])
		}
		if err == nil {
			err = file.Truncate(size)
		}
		if err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		adopt := func(string, Options) (*Segment, error) { return AttachFile(file, false) }
		for what, attach := range map[string]func(string, Options) (*Segment, error){"attach": Attach, "observe": Observe, "adopt": adopt} {
			s, err := attach(name, o)
			if err != nil {
				detail, ok := errors.AsType[*Error](err)
				if !ok || detail.Remedy == "" || !errors.Is(err, layout.ErrForeign) && !errors.Is(err, layout.ErrCorrupt) && !errors.Is(err, layout.ErrMismatch) {
					t.Errorf("%s: %v", what, err)
				}
				continue
			}
			if g := s.Identity().Geometry; uint64(len(s.Bytes())) != uint64(size) || g.Size() != uint64(size) {
				t.Errorf("%s: %d bytes mapped, geometry of %d, the file has %d", what, len(s.Bytes()), g.Size(), size)
			}
			if err := s.Guarded(func() error { bytes.Count(s.Bytes(), []byte{1}); return nil }); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		file.Close()
		list, err := List(o, "fuzz")
		if err != nil || len(list) != 1 {
			t.Errorf("listed %+v (%v)", list, err)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("the object was changed (%v)", err)
		}
	})
}
