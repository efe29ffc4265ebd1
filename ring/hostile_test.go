//go:build unix

package ring_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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
// wants: no fault, no panic, no endless loop, errors of the documented sorts,
// and an identity that nobody has written to.
func abuse(t testing.TB, g *guarded) {
	identity := bytes.Clone(g.mem[:layout.IdentitySize])
	defer func() {
		if !bytes.Equal(identity, g.mem[:layout.IdentitySize]) {
			t.Errorf("the identity was written to")
		}
	}()
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
			if _, err = c.NextMatch(1, 1, &frame); len(frame.Payload) > r.PayloadCapacity() {
				t.Errorf("matched %+v", frame)
			}
			known(err)
		}
		c.Close()
	}
	for lane := range r.Lanes() {
		_, err := r.Newest(lane, &frame)
		known(err)
		r.Word(lane, r.Head(lane))
	}
	r.WaitState()
	_, err = ring.CopyImage(make([]byte, len(g.mem)), g)
	known(err)
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

// victim is a region of a shape that can be given its real past again and again.
type victim struct {
	*guarded
	image []byte
}

// victims are one of each shape, until the test ends.
func victims(t testing.TB) (all []victim) {
	for _, id := range hostileShapes {
		g := newGuarded(t, id)
		t.Cleanup(func() { g.Close() })
		lived(t, g)
		all = append(all, victim{g, bytes.Clone(g.mem)})
	}
	return all
}

// whole gives it its past.
func (v victim) whole() *guarded {
	copy(v.mem, v.image)
	return v.guarded
}

// damage writes 8 bytes of v at an aligned offset behind the identity.
func damage(mem []byte, off uint32, v uint64) {
	words := uint32(len(mem)-layout.IdentitySize) / 8
	binary.LittleEndian.PutUint64(mem[layout.IdentitySize+off%words*8:], v)
}

// hostileRounds is how many images are damaged: ORBIT_HOSTILE says so for a
// campaign.
func hostileRounds(t *testing.T) (n int, seed uint64) {
	if text := os.Getenv("ORBIT_HOSTILE"); text != "" {
		n, err := strconv.Atoi(text)
		fine(t, err)
		return n, uint64(time.Now().UnixNano())
	}
	if testing.Short() {
		return 200, 7
	}
	return 2000, 7
}

func TestDamagedRegionsNeitherCrashNorHangNorReadOutside(t *testing.T) {
	rounds, seed := hostileRounds(t)
	workers := runtime.GOMAXPROCS(0)
	begun := time.Now()
	var done atomic.Int64
	var all sync.WaitGroup
	for n := range workers {
		sufferers := victims(t)
		rng := rand.New(rand.NewPCG(seed, uint64(n)))
		all.Go(func() {
			for i := n; i < rounds && !t.Failed(); i += workers {
				g := sufferers[rng.IntN(len(sufferers))].whole()
				for range 1 + rng.Uint32()%6 {
					damage(g.mem, rng.Uint32(), badWord(rng))
				}
				abuse(t, g)
				done.Add(1)
			}
		})
	}
	all.Wait()
	t.Logf("seed %d: %d damaged images in %v", seed, done.Load(), time.Since(begun).Round(time.Millisecond))
	if done.Load() != int64(rounds) {
		t.Errorf("%d of %d rounds", done.Load(), rounds)
	}
}

// badWord makes what a damaged or malicious member could leave.
func badWord(rng *rand.Rand) uint64 {
	switch rng.IntN(7) {
	case 0:
		return 0
	case 1:
		return 1<<64 - 1
	case 2:
		return uint64(layout.MakeWord(rng.Uint64()%8, layout.State(rng.Uint32()), uint16(rng.Uint32()%3)))
	case 3:
		return uint64(layout.MakeWord(rng.Uint64(), layout.Committed, 0))
	case 4:
		return rng.Uint64() % 64
	case 5:
		return 1 << (rng.Uint32() % 64)
	}
	return rng.Uint64()
}

func FuzzHostileRegion(f *testing.F) {
	f.Add(uint8(0), uint32(0), uint64(1<<40), uint32(9), uint64(1<<18|1<<16), uint32(40), uint64(0))
	f.Add(uint8(1), uint32(32), uint64(1<<63), uint32(100), ^uint64(0), uint32(64), uint64(3<<18|2<<16))
	f.Add(uint8(2), uint32(64), ^uint64(0), uint32(66), ^uint64(0), uint32(50), uint64(5))
	all := victims(f)
	f.Fuzz(func(t *testing.T, which uint8, a uint32, av uint64, b uint32, bv uint64, c uint32, cv uint64) {
		g := all[int(which)%len(all)].whole()
		damage(g.mem, a, av)
		damage(g.mem, b, bv)
		damage(g.mem, c, cv)
		abuse(t, g)
	})
}

// FuzzHostileImage lets the fuzzer write all that lies behind the identity of a
// real image: heads, floors, words, lengths, payloads, aux.
func FuzzHostileImage(f *testing.F) {
	all := victims(f)
	for which, v := range all {
		f.Add(uint8(which), v.image[layout.IdentitySize:])
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		g := all[int(which)%len(all)].whole()
		copy(g.mem[layout.IdentitySize:], body)
		abuse(t, g)
	})
}
