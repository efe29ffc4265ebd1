//go:build linux

package hammer

import (
	"fmt"
	"slices"
	"testing"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

func TestTheHammersVerifierAcceptsFramesAsTheyWerePublished(t *testing.T) {
	v, frames := hammeredFrames()
	for i := range frames {
		v.deliver(&frames[i])
	}
	if v.violations != 0 {
		t.Errorf("%d violations: %v", v.violations, v.notes)
	}
	if fmt.Sprint(v.delivered) != "[0 100 100]" {
		t.Errorf("delivered %v", v.delivered)
	}
}

// hammeredFrames are 200 sound frames of nodes 1 and 2 in a shared ring, in
// order, of all lengths.
func hammeredFrames() (*verifier, []ring.Frame) {
	all := lengths(1000)
	frames := make([]ring.Frame, 200)
	for i := range frames {
		f := &frames[i]
		f.ID = netid64.Make(testKind, uint16(1+i%2), uint64(10+3*i))
		f.Payload = make([]byte, all[i*7%len(all)])
		f.Op, f.Version = compose(f.Payload, f.ID.Node(), 1<<countBits+uint64(100+5*i))
	}
	return newVerifier(true, 1, 3).remembers(), frames
}

func TestTheHammersVerifierComplainsAboutEveryBrokenFrame(t *testing.T) {
	const at = 100
	for name, spoil := range map[string]func(f []ring.Frame){
		"torn in its first word":     func(f []ring.Frame) { f[at].Payload[0] ^= 1 },
		"torn in its last byte":      func(f []ring.Frame) { f[at].Payload[40] ^= 1 },
		"its end from another frame": func(f []ring.Frame) { copy(f[at].Payload[16:], f[at+2].Payload[16:]) },
		"its start from another":     func(f []ring.Frame) { copy(f[at].Payload[:16], f[at+2].Payload) },
		"two words exchanged": func(f []ring.Frame) {
			a, b := f[at].Payload[8:16], f[at].Payload[16:24]
			x := slices.Clone(a)
			copy(a, b)
			copy(b, x)
		},
		"all of another's payload": func(f []ring.Frame) { f[at].Payload = f[at+2].Payload },
		"cut":                      func(f []ring.Frame) { f[at].Payload = f[at].Payload[:40] },
		"another's version":        func(f []ring.Frame) { f[at].Version = f[at+2].Version },
		"another's op":             func(f []ring.Frame) { f[at].Op = f[at+2].Op },
		"another's node":           func(f []ring.Frame) { f[at].ID = netid64.Make(testKind, 2, f[at].ID.Counter()) },
		"a node that nobody has":   func(f []ring.Frame) { f[at].ID = netid64.Make(testKind, 9, f[at].ID.Counter()) },
		"another kind":             func(f []ring.Frame) { f[at].ID = netid64.Make(testKind+1, 1, f[at].ID.Counter()) },
		"delivered twice":          func(f []ring.Frame) { f[at+1] = f[at] },
		"published twice": func(f []ring.Frame) {
			id := f[at+2].ID
			f[at+2] = f[at]
			f[at+2].ID = id
		},
		"positions out of order": func(f []ring.Frame) { f[at], f[at+1] = f[at+1], f[at] },
		"a writer's frames out of order": func(f []ring.Frame) {
			f[at], f[at+2] = f[at+2], f[at]
			f[at].ID, f[at+2].ID = f[at+2].ID, f[at].ID
		},
		"a frame of an earlier life": func(f []ring.Frame) {
			f[at].Op, f[at].Version = compose(f[at].Payload, 1, countMask)
		},
	} {
		t.Run(name, func(t *testing.T) {
			v, frames := hammeredFrames()
			for i, length := range map[int]int{at: 41, at + 2: 200} {
				f := &frames[i]
				f.Payload = make([]byte, length)
				f.Op, f.Version = compose(f.Payload, f.ID.Node(), f.Version>>proofBits)
			}
			for i := range frames[:at] {
				v.deliver(&frames[i])
			}
			if v.violations != 0 {
				t.Fatalf("sound frames: %v", v.notes)
			}
			spoil(frames)
			for i := range frames[at:] {
				v.deliver(&frames[at+i])
			}
			if v.violations == 0 {
				t.Error("no complaint")
			}
		})
	}
}

func TestTheHammersVerifierCatchesSlotsThatWereBrokenInTheRegion(t *testing.T) {
	for _, id := range []layout.Identity{shape(layout.Lane, 2, 64, 200), shape(layout.Shared, 1, 64, 200)} {
		for _, what := range []string{"", "payload", "length", "version", "op", "node"} {
			m, err := ring.NewMemory(id)
			if err != nil {
				t.Fatal(err)
			}
			x, err := ring.Open(m)
			if err != nil {
				t.Fatal(err)
			}
			w, err := x.Writer(1)
			if err != nil {
				t.Fatal(err)
			}
			payload := make([]byte, 40)
			for i := range 20 {
				op, version := compose(payload, 1, 1<<countBits+uint64(i))
				published, err := w.Publish(op, version, payload)
				if err != nil {
					t.Fatal(err)
				}
				if i == 10 {
					breakSlot(m.Bytes(), m.Identity().Geometry, published, what)
				}
			}
			c, err := x.Cursor(ring.Oldest)
			if err != nil {
				t.Fatal(err)
			}
			v := newVerifier(x.Lanes() == 1, x.Lanes(), 2)
			for f := range c.Frames(0) {
				v.deliver(f)
			}
			c.Close()
			w.Close()
			// The node in the word of a lane's slot says nothing: the lane does.
			sound := what == "" || what == "node" && x.Lanes() == 2
			if (v.violations == 0) != sound {
				t.Errorf("%v, broken %q: %d violations %v", id.Geometry.Topology, what, v.violations, v.notes)
			}
			x.Close()
		}
	}
}
