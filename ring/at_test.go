package ring_test

import (
	"encoding/binary"
	"testing"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

func TestPeekCopiesAsMuchAsTheBufferTakes(t *testing.T) {
	conformBoth(t, 4, 60, func(r rig) {
		x := r.ring()
		w := r.writer(x, 1)
		lane := laneOf(x, 1)
		text := "a frame of more than one line: 60 bytes of payload, or less."
		for n := range len(text) + 1 {
			id := r.publish(w, text[:n])[0]
			p, ok := x.Position(id)
			r.equal("position", say(p, ok), say(n, true))
			for room := range 64 {
				f := ring.Frame{Payload: make([]byte, 0, room)}
				size, ok := x.Peek(lane, p, &f)
				got := string(f.Payload)
				r.equal("peek", say(size, ok, f.ID, f.Op, f.Version, got), say(n, true, id, 1, 1, text[:min(n, room)]))
			}
		}
	})
}

func TestPeekKnowsWhatIsNotThere(t *testing.T) {
	conformBoth(t, 4, 8, func(r rig) {
		x := r.ring()
		w := r.writer(x, 1)
		lane := laneOf(x, 1)
		f := x.NewFrame()
		there := func(p uint64) bool { _, ok := x.Peek(lane, p, &f); return ok }
		r.equal("empty", there(0), false)
		r.publish(w, "0", "1", "2", "3", "4", "5")
		var got []bool
		for p := range uint64(8) {
			got = append(got, there(p))
		}
		r.equal("0 and 1 are overwritten, 6 and 7 to come", say(got), "[false false true true true true false false]")
		r.equal("no such position", there(1<<63) || there(^uint64(0)), false)
		_, ok := x.Peek(9, 3, &f)
		r.equal("no such lane", ok, false)
		_, ok = x.Position(netid64.Make(testKind+1, 1, 3))
		r.equal("another kind's id", ok, false)
		r.equal("reset", x.Reset(), nil)
		r.equal("reset away", there(4), false)
		r.publish(w, "6")
		r.equal("after it", there(6), true)
		r.equal("open", x.Closed(), false)
		r.equal("close", x.Close(), nil)
		_, ok = x.Position(netid64.Make(testKind, 1, 6))
		r.equal("closed", say(x.Closed(), there(6), ok), say(true, false, false))
	})
}

func TestPeekBelievesNoLength(t *testing.T) {
	conformBoth(t, 4, 8, func(r rig) {
		region := r.open()
		x, err := ring.Open(region)
		r.equal("open", err, nil)
		r.Cleanup(func() { x.Close() })
		r.publish(r.writer(x, 0), "0")
		at := region.Identity().Geometry.SlotOffset(0, 0) + layout.LengthOffset
		binary.LittleEndian.PutUint32(region.Bytes()[at:], 9)
		f := x.NewFrame()
		_, ok := x.Peek(0, 0, &f)
		r.equal("a length that no publisher writes", ok, false)
	})
}
