//go:build unix

package ring_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

// guarded is a region between two pages that nobody may touch: the segment ends
// where the second one begins.
type guarded struct {
	*ring.Memory
	mapping []byte
	mem     []byte
}

func newGuarded(t testing.TB, id layout.Identity) *guarded {
	t.Helper()
	m, err := ring.NewMemory(id)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	size := len(m.Bytes())
	body := (size + page - 1) / page * page
	g := &guarded{Memory: m}
	if g.mapping, err = unix.Mmap(-1, 0, body+2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON); err != nil {
		t.Fatal(err)
	}
	for _, guard := range [][]byte{g.mapping[:page], g.mapping[page+body:]} {
		if err := unix.Mprotect(guard, unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	g.mem = g.mapping[page+body-size : page+body : page+body]
	copy(g.mem, m.Bytes())
	return g
}

func (g *guarded) Bytes() []byte { return g.mem }
func (g *guarded) Close() error  { return unix.Munmap(g.mapping) }

// lived gives a region a past: frames of two nodes, a hole, a writer that died
// inside a slot.
func lived(t testing.TB, g *guarded) {
	r, err := ring.Open(ring.Region(keepOpen{g}))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for node := range uint16(2) {
		w, err := r.Writer(node)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 11 {
			w.Publish(uint8(i), uint64(i), make([]byte, min(i*4, r.PayloadCapacity())))
		}
		if res, err := w.Reserve(3); err == nil && node == 0 {
			res.Abort()
			w.Reserve(4)
		}
		w.Close()
	}
}

// keepOpen is a region that outlives the rings over it.
type keepOpen struct{ ring.Region }

func (keepOpen) Close() error { return nil }

// abuse runs every call there is over a region that cannot be trusted. What it
// wants: no fault, no panic, no endless loop, errors of the documented sorts.
func abuse(t testing.TB, g *guarded) {
	r, err := ring.Open(keepOpen{g})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	known := func(err error) {
		for _, ok := range []error{nil, ring.ErrCorrupt, ring.ErrExhausted, ring.ErrLapped, ring.ErrContended, ring.ErrReserved, ring.ErrAllStopped} {
			if errors.Is(err, ok) {
				return
			}
		}
		t.Errorf("unexpected error: %v", err)
	}
	buf := make([]byte, 4096)
	frames, frame := r.NewFrames(16), r.NewFrame()
	for _, from := range []ring.Start{ring.Oldest, ring.Now, ring.Back(3), ring.At(0), ring.At(1 << 63), ring.At(1<<64 - 1)} {
		c, err := r.Cursor(from)
		known(err)
		c.SetStallLimit(0)
		for range 100 {
			before := c.Position(0)
			n, loss, err := c.Poll(frames)
			known(err)
			for _, f := range frames[:n] {
				if len(f.Payload) > r.PayloadCapacity() || f.ID.Kind() != testKind {
					t.Errorf("delivered %+v", f)
				}
			}
			if r.Lanes() == 1 && before+uint64(n)+loss.Total() != c.Position(0) {
				t.Errorf("from %d to %d with %d frames and %+v lost", before, c.Position(0), n, loss)
			}
		}
		c.Close()
	}
	for lane := range r.Lanes() {
		_, err := r.Newest(lane, &frame)
		known(err)
	}
	for i := range uint64(20) {
		_, err := r.Read(netid64.Make(testKind, uint16(i&1), r.Head(0)-i), &frame)
		known(err)
	}
	for node := range uint16(2) {
		w, err := r.Writer(node)
		known(err)
		if err != nil {
			continue
		}
		for i := range 20 {
			_, err := w.Publish(1, 1, buf[:min(i, r.PayloadCapacity())])
			known(err)
			_, _, err = w.PublishBatch([]ring.Message{{Payload: buf[:min(i, r.PayloadCapacity())]}, {Payload: buf[:r.PayloadCapacity()]}, {}})
			known(err)
			if res, err := w.Reserve(min(i, r.PayloadCapacity())); err == nil {
				known(res.Commit(0, 0))
			}
		}
		w.Close()
	}
	known(r.Reset())
}

// hostileShapes are the rings that get damaged.
var hostileShapes = []layout.Identity{
	shape(layout.Shared, 1, 4, 40), shape(layout.Lane, 2, 4, 40), shape(layout.Shared, 1, 2, 100), shape(layout.Lane, 2, 8, 0),
}

// damage writes 8 bytes of v at an aligned offset behind the identity.
func damage(mem []byte, off uint32, v uint64) {
	words := uint32(len(mem)-layout.IdentitySize) / 8
	binary.LittleEndian.PutUint64(mem[layout.IdentitySize+off%words*8:], v)
}

func TestDamagedRegionsNeitherCrashNorHangNorReadOutside(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 11))
	values := []func() uint64{
		func() uint64 { return rng.Uint64() },
		func() uint64 { return 0 },
		func() uint64 { return 1<<64 - 1 },
		func() uint64 {
			return uint64(layout.MakeWord(rng.Uint64()%8, layout.State(rng.Uint32()), uint16(rng.Uint32()%3)))
		},
		func() uint64 { return uint64(layout.MakeWord(rng.Uint64(), layout.Committed, 0)) },
		func() uint64 { return rng.Uint64() % 64 },
		func() uint64 { return 1 << (rng.Uint32() % 64) },
	}
	rounds := 2000
	if testing.Short() {
		rounds = 200
	}
	for i := range rounds {
		g := newGuarded(t, hostileShapes[i%len(hostileShapes)])
		lived(t, g)
		for range 1 + rng.Uint32()%6 {
			damage(g.mem, rng.Uint32(), values[rng.IntN(len(values))]())
		}
		abuse(t, g)
		g.Close()
		if t.Failed() {
			t.Fatalf("round %d", i)
		}
	}
}

func FuzzHostileRegion(f *testing.F) {
	f.Add(uint8(0), uint32(0), uint64(1<<40), uint32(9), uint64(1<<18|1<<16), uint32(40), uint64(0))
	f.Add(uint8(1), uint32(32), uint64(1<<63), uint32(100), ^uint64(0), uint32(64), uint64(3<<18|2<<16))
	f.Add(uint8(2), uint32(64), ^uint64(0), uint32(66), ^uint64(0), uint32(50), uint64(5))
	f.Fuzz(func(t *testing.T, which uint8, a uint32, av uint64, b uint32, bv uint64, c uint32, cv uint64) {
		g := newGuarded(t, hostileShapes[int(which)%len(hostileShapes)])
		defer g.Close()
		lived(t, g)
		damage(g.mem, a, av)
		damage(g.mem, b, bv)
		damage(g.mem, c, cv)
		abuse(t, g)
	})
}
