package netid64_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/orbitring/orbit/netid64"
)

// samples are the ids on which every form is tried: each field alone at its edges,
// neighbours across a field border, and a few with nothing special about them.
var samples = []netid64.ID{
	netid64.Zero,
	netid64.Make(0, 0, 1),
	netid64.Make(0, 0, netid64.CounterMask),
	netid64.Make(0, 1, 0),
	netid64.Make(0, math.MaxUint16, 0),
	netid64.Make(1, 0, 0),
	netid64.Make(7, 42, 1000),
	netid64.Make(200, 513, 0xABCDEF),
	netid64.Make(math.MaxUint8, 0, 0),
	netid64.Make(math.MaxUint8, math.MaxUint16, netid64.CounterMask),
}

func TestKindNodeAndCounterLandInBits63To56And55To40And39To0(t *testing.T) {
	for _, c := range []struct {
		id  netid64.ID
		raw uint64
	}{
		{netid64.Make(0xFF, 0, 0), 0xFF00_0000_0000_0000},
		{netid64.Make(0, 0xFFFF, 0), 0x00FF_FF00_0000_0000},
		{netid64.Make(0, 0, 0xFF_FFFF_FFFF), 0x0000_00FF_FFFF_FFFF},
		{netid64.Make(0x12, 0x3456, 0x78_9ABC_DEF0), 0x1234_5678_9ABC_DEF0},
	} {
		if uint64(c.id) != c.raw {
			t.Errorf("raw is %#016x, want %#016x", uint64(c.id), c.raw)
		}
	}
	if sum := netid64.KindBits + netid64.NodeBits + netid64.CounterBits; sum != 64 {
		t.Errorf("the fields are %d bits wide together, want 64", sum)
	}
}

func TestTheAccessorsGiveBackWhatMakeWasGiven(t *testing.T) {
	for range 10_000 {
		kind, node := uint8(rand.Uint32()), uint16(rand.Uint32())
		counter := rand.Uint64() & netid64.CounterMask
		id := netid64.Make(kind, node, counter)
		if id.Kind() != kind || id.Node() != node || id.Counter() != counter {
			t.Fatalf("Make(%d, %d, %d) reads back as %s", kind, node, counter, id)
		}
	}
}

func TestACounterWiderThan40BitsIsTruncatedAndLeavesKindAndNodeAlone(t *testing.T) {
	for _, c := range []struct{ counter, want uint64 }{
		{1 << 40, 0},
		{1<<40 + 5, 5},
		{netid64.CounterMask + 1, 0},
		{math.MaxUint64, netid64.CounterMask},
	} {
		if got, want := netid64.Make(7, 42, c.counter), netid64.Make(7, 42, c.want); got != want {
			t.Errorf("counter %#x makes %s, want %s", c.counter, got, want)
		}
	}
}

func TestTheZeroConstantIsRaw0AndOnlyItIsZero(t *testing.T) {
	if uint64(netid64.Zero) != 0 {
		t.Errorf("Zero is raw %#x", uint64(netid64.Zero))
	}
	for _, id := range samples {
		if got, want := id.IsZero(), uint64(id) == 0; got != want {
			t.Errorf("IsZero of %s is %t", id, got)
		}
	}
}

func TestCompareOrdersByKindThenNodeThenCounter(t *testing.T) {
	ascending := []netid64.ID{
		netid64.Make(0, 0, 0),
		netid64.Make(0, 0, 1),
		netid64.Make(0, 0, netid64.CounterMask),
		netid64.Make(0, 1, 0),
		netid64.Make(0, math.MaxUint16, netid64.CounterMask),
		netid64.Make(1, 0, 0),
		netid64.Make(127, math.MaxUint16, netid64.CounterMask),
		netid64.Make(128, 0, 0),
		netid64.Make(math.MaxUint8, 0, 0),
	}
	shuffled := slices.Clone(ascending)
	rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	slices.SortFunc(shuffled, netid64.ID.Compare)
	if !slices.Equal(shuffled, ascending) {
		t.Errorf("sorted to %v, want %v", shuffled, ascending)
	}
	for i, a := range ascending {
		for j, b := range ascending {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = +1
			}
			if got := a.Compare(b); got != want {
				t.Errorf("%s.Compare(%s) is %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestMakeAndTheAccessorsAllocateNothing(t *testing.T) {
	var sink uint64
	counter := rand.Uint64()
	if n := testing.AllocsPerRun(100, func() {
		id := netid64.Make(7, 42, counter)
		sink += uint64(id.Kind()) + uint64(id.Node()) + id.Counter() + uint64(id.Compare(netid64.Zero))
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
	_ = sink
}
