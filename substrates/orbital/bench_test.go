package orbital_test

import (
	"sync/atomic"
	"testing"

	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/substrates/fleet"
)

type sample struct{ A, B, C, D uint64 }

func (sample) OrbitKind() uint8 { return 9 }

var sink uint64

// BenchmarkStore compares storing 32 bytes with the bare publish of its ring.
func BenchmarkStore(b *testing.B) {
	for _, topology := range []layout.Topology{fleet.Lane, fleet.Shared} {
		f, err := fleet.Join("bench", fleet.Options{Size: 1})
		must(b, err)
		defer f.Close()
		must(b, f.Define(9, fleet.Spec{Topology: topology}))
		o := newOrbital[sample](b, f)
		v := sample{1, 2, 3, 4}
		b.Run("topology="+topology.String()+"/way=publish", func(b *testing.B) {
			a, err := f.Family(9)
			must(b, err)
			w, err := a.Writer()
			must(b, err)
			defer w.Close()
			payload := make([]byte, 32)
			b.ReportAllocs()
			for b.Loop() {
				id, err := w.Publish(0, 0, payload)
				if err != nil {
					b.Fatal(err)
				}
				sink += uint64(id)
			}
		})
		b.Run("topology="+topology.String()+"/way=owner", func(b *testing.B) {
			w, err := o.Owner()
			must(b, err)
			defer w.Close()
			b.ReportAllocs()
			for b.Loop() {
				id, err := w.Store(&v)
				if err != nil {
					b.Fatal(err)
				}
				sink += uint64(id)
			}
		})
		b.Run("topology="+topology.String()+"/way=store", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				id, err := o.Store(&v)
				if err != nil {
					b.Fatal(err)
				}
				sink += uint64(id)
			}
		})
	}
}

// BenchmarkLoad compares loading 32 bytes with the bare newest of its ring; each
// uses what it got.
func BenchmarkLoad(b *testing.B) {
	f, err := fleet.Join("bench", fleet.Options{Size: 1})
	must(b, err)
	defer f.Close()
	o := newOrbital[sample](b, f)
	_, err = o.Store(&sample{1, 2, 3, 4})
	must(b, err)
	b.Run("way=newest", func(b *testing.B) {
		a, err := f.Family(9)
		must(b, err)
		r := a.Ring()
		frame := r.NewFrame()
		b.ReportAllocs()
		for b.Loop() {
			ok, err := r.Newest(0, &frame)
			if !ok || err != nil {
				b.Fatal(ok, err)
			}
			sink += uint64(frame.ID) + uint64(frame.Payload[0])
		}
	})
	b.Run("way=load", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v, ok, err := o.Load()
			if !ok || err != nil {
				b.Fatal(ok, err)
			}
			sink += v.A
		}
	})
}

// BenchmarkLockedAdd is the floor that the other figures are read against.
func BenchmarkLockedAdd(b *testing.B) {
	var n atomic.Uint64
	for b.Loop() {
		n.Add(1)
	}
}
