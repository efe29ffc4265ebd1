package ring_test

import (
	"bytes"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

func TestAnImageOfAQuietSegmentIsItsBytes(t *testing.T) {
	for name, id := range goldenShapes {
		image := makeImage(t, id)
		region, err := load(image)
		fine(t, err)
		dst := make([]byte, len(image)+1)
		torn, err := ring.CopyImage(dst[1:], region) // misaligned on purpose
		if err != nil || torn != 0 || !bytes.Equal(dst[1:], image) {
			t.Errorf("%s: %d torn, %v", name, torn, err)
		}
		if _, err := ring.CopyImage(dst[2:], region); !errors.Is(err, ring.ErrRegion) {
			t.Errorf("%s: into too few bytes: %v", name, err)
		}
	}
}

func TestNoFrameOfAnImageIsTorn(t *testing.T) {
	for _, topology := range []layout.Topology{layout.Lane, layout.Shared} {
		for _, payload := range []uint32{40, 1000} {
			id := layout.Identity{Kind: 7, Geometry: layout.Geometry{Topology: topology, Lanes: 1, Capacity: 4, Payload: payload}}
			m, err := ring.NewMemory(id)
			fine(t, err)
			r, err := ring.Open(m)
			fine(t, err)
			w, err := r.Writer(0)
			fine(t, err)
			var stop atomic.Bool
			var writing sync.WaitGroup
			writing.Go(func() {
				b := make([]byte, payload)
				for i := uint64(0); !stop.Load(); i++ {
					for j := range b {
						b[j] = byte(i)
					}
					w.Publish(byte(i), i, b)
				}
			})
			frames, holes := 0, 0
			dst := make([]byte, len(m.Bytes()))
			for range 3000 {
				torn, err := ring.CopyImage(dst, m)
				fine(t, err)
				holes += torn
				region, err := load(dst)
				fine(t, err)
				of, err := ring.Open(region)
				fine(t, err)
				c, err := of.Cursor(ring.Oldest)
				fine(t, err)
				c.SetStallLimit(0)
				for f := range c.Frames(0) {
					frames++
					for _, x := range f.Payload {
						if x != byte(f.Version) || f.Op != x || len(f.Payload) != int(payload) {
							t.Fatalf("torn: %v version %d op %d byte %d", f.ID, f.Version, f.Op, x)
						}
					}
				}
				c.Close()
			}
			stop.Store(true)
			writing.Wait()
			if frames == 0 {
				t.Errorf("%v, %d bytes: no frame in any image", topology, payload)
			}
			t.Logf("%v, %d bytes: %d frames, %d slots torn at every attempt", topology, payload, frames, holes)
		}
	}
}
