package bench

import (
	"fmt"
	"testing"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

// What one call costs on one processor, with everything in its nearest cache:
// no other process, no waiting. orbitbench measures the rest.

var opPayloads = []int{8, 32, 64, 256, 1024}

const opCapacity = 64

// ops are the calls of a ring's hot path, each ready to be made again and again.
func ops(t testing.TB, topology layout.Topology, payload int) []struct {
	name string
	call func()
} {
	t.Helper()
	r, err := ring.New(layout.Identity{Kind: 1, Geometry: layout.Geometry{
		Topology: topology, Lanes: 1, Capacity: opCapacity, Payload: uint32(payload),
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	w, err := r.Writer(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	msg, f := make([]byte, payload), r.NewFrame()
	var id netid64.ID
	publish := func() {
		if id, err = w.Publish(ringOp, 1, msg); err != nil {
			t.Fatal(err)
		}
	}
	for range opCapacity {
		publish()
	}
	full, err := r.Cursor(ring.Oldest)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { full.Close() })
	return []struct {
		name string
		call func()
	}{
		{"publish", publish},
		{"publish+next", func() {
			publish()
			if ok, err := full.Next(&f); !ok || err != nil {
				t.Fatal("no frame", err)
			}
		}},
		{"newest", func() {
			if ok, err := r.Newest(0, &f); !ok || err != nil {
				t.Fatal("no frame", err)
			}
		}},
		{"read-by-id", func() {
			if ok, err := r.Read(id, &f); !ok || err != nil {
				t.Fatal("no frame", err)
			}
		}},
	}
}

func BenchmarkRing(b *testing.B) {
	for _, topology := range []layout.Topology{layout.Lane, layout.Shared} {
		for _, payload := range opPayloads {
			for _, op := range ops(b, topology, payload) {
				b.Run(fmt.Sprintf("op=%s/ring=%v/payload=%d", op.name, topology, payload), func(b *testing.B) {
					b.ReportAllocs()
					b.SetBytes(int64(payload))
					for b.Loop() {
						op.call()
					}
				})
			}
		}
	}
}

// BenchmarkProof is what the harness adds to every message.
func BenchmarkProof(b *testing.B) {
	for _, payload := range opPayloads {
		b.Run(fmt.Sprintf("op=seal+check/payload=%d", payload), func(b *testing.B) {
			b.ReportAllocs()
			msg, l := make([]byte, payload), newLedger(1)
			for seq := uint64(0); b.Loop(); seq++ {
				seal(msg, 0, seq)
				l.take(msg)
			}
		})
	}
}

func TestHotPathsAllocateNothing(t *testing.T) {
	for _, topology := range []layout.Topology{layout.Lane, layout.Shared} {
		for _, payload := range opPayloads {
			for _, op := range ops(t, topology, payload) {
				if n := testing.AllocsPerRun(200, op.call); n != 0 {
					t.Errorf("%s, %v, %d B: %v allocations", op.name, topology, payload, n)
				}
			}
		}
	}
}
