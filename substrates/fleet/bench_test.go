package fleet_test

import (
	"testing"

	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/substrates/fleet"
)

type sample struct{ A, B, C, D uint64 }

func (sample) OrbitKind() uint8 { return 9 }

// BenchmarkPublish compares what publishing 32 bytes costs by every way in.
func BenchmarkPublish(b *testing.B) {
	for _, topology := range []layout.Topology{fleet.Lane, fleet.Shared} {
		f, err := fleet.Join("bench", fleet.Options{Size: 2})
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		f.Define(9, fleet.Spec{Topology: topology})
		typed, err := fleet.Of[sample](f)
		if err != nil {
			b.Fatal(err)
		}
		var payload [32]byte
		b.Run("topology="+topology.String()+"/way=writer", func(b *testing.B) {
			w, err := typed.Family.Writer()
			if err != nil {
				b.Fatal(err)
			}
			defer w.Close()
			b.ReportAllocs()
			for b.Loop() {
				w.Publish(0, 0, payload[:])
			}
		})
		b.Run("topology="+topology.String()+"/way=family", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				typed.Family.Publish(0, 0, payload[:])
			}
		})
		b.Run("topology="+topology.String()+"/way=kind", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f.Publish(9, 0, 0, payload[:])
			}
		})
		b.Run("topology="+topology.String()+"/way=typed", func(b *testing.B) {
			b.ReportAllocs()
			var v sample
			for b.Loop() {
				typed.Publish(0, 0, &v)
			}
		})
	}
}

// BenchmarkReadHead compares what the newest 32 bytes cost.
func BenchmarkReadHead(b *testing.B) {
	f, err := fleet.Join("bench", fleet.Options{Size: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	typed, err := fleet.Of[sample](f)
	if err != nil {
		b.Fatal(err)
	}
	typed.Publish(0, 0, &sample{})
	to := typed.NewFrame()
	b.Run("way=ring", func(b *testing.B) {
		b.ReportAllocs()
		r := typed.Ring()
		for b.Loop() {
			r.Newest(0, &to)
		}
	})
	b.Run("way=kind", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f.ReadHead(9, &to)
		}
	})
	b.Run("way=typed", func(b *testing.B) {
		b.ReportAllocs()
		var item fleet.Item[sample]
		for b.Loop() {
			typed.ReadHead(&item)
		}
	})
}

// BenchmarkNextID is what an id costs.
func BenchmarkNextID(b *testing.B) {
	f, err := fleet.Join("bench", fleet.Options{Size: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	b.ReportAllocs()
	for b.Loop() {
		f.NextID(9)
	}
}
