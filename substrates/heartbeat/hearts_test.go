package heartbeat_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
	"github.com/orbitring/orbit/substrates/heartbeat"
)

func TestMain(m *testing.M) {
	fleettest.Main(m, map[string]fleettest.Role{"beater": beater})
}

var must = fleettest.Must

func open(t testing.TB, f *fleet.Fleet) *heartbeat.Hearts {
	t.Helper()
	h, err := heartbeat.Open(f, heartbeat.Options{})
	must(t, err)
	return h
}

func TestTheNewestBeatOfANodeCounts(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		one := open(t, fleettest.Sibling(t, f, 1))
		_, err := one.Beat(100, 5)
		must(t, err)
		second, err := one.Beat(250, 6)
		must(t, err)
		s, err := open(t, f).Snapshot(300, 1000)
		must(t, err)
		want := heartbeat.Beat{Node: 1, ID: second, At: 250, Load: 6, Age: 50}
		if len(s.Beats) != 1 || s.Beats[0] != want || second != netid64.Make(heartbeat.Kind, 1, 1) {
			t.Errorf("%+v, want %+v", s.Beats, want)
		}
	})
}

func TestASnapshotNamesWhoIsMissingAndWhoIsStale(t *testing.T) {
	fleettest.Each(t, 3, func(t *testing.T, f *fleet.Fleet) {
		_, err := open(t, fleettest.Sibling(t, f, 2)).Beat(1000, 0)
		must(t, err)
		h := open(t, f)
		for now, want := range map[time.Duration]struct {
			age   time.Duration
			stale []uint16
		}{1500: {500, nil}, 1750: {750, nil}, 1751: {751, []uint16{2}}, 2000: {1000, []uint16{2}}} {
			s, err := h.Snapshot(now, 750)
			must(t, err)
			if !slices.Equal(s.Missing, []uint16{0, 1}) || !slices.Equal(s.Stale, want.stale) || len(s.Beats) != 1 ||
				s.Beats[0].Node != 2 || s.Beats[0].Age != want.age || s.Beats[0].Stale != (want.stale != nil) {
				t.Errorf("at %d: %+v", now, s)
			}
		}
	})
}

func TestABeatFromTheFutureHasAge0(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		h := open(t, f)
		_, err := h.Beat(1000, 0)
		must(t, err)
		s, err := h.Snapshot(400, 10)
		must(t, err)
		if len(s.Beats) != 1 || s.Beats[0].Age != 0 || s.Beats[0].Stale || len(s.Stale) != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestAChattyNodeDoesNotMakeAQuietOneLookMissing(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		chatty, quiet := open(t, f), open(t, fleettest.Sibling(t, f, 1))
		_, err := quiet.Beat(1, 7)
		must(t, err)
		for i := range 5000 {
			_, err := chatty.Beat(time.Duration(i), 0)
			must(t, err)
		}
		s, err := chatty.Snapshot(5000, 10)
		must(t, err)
		if len(s.Missing) != 0 || !slices.Equal(s.Stale, []uint16{1}) || len(s.Beats) != 2 || s.Beats[1].Load != 7 || s.Beats[0].At != 4999 {
			t.Errorf("%+v", s)
		}
	})
}

func TestRunBeatsUntilItsContextEnds(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		clock := time.Duration(0)
		h, err := heartbeat.Open(f, heartbeat.Options{Clock: func() time.Duration { clock += 10; return clock }})
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		beats := uint64(0)
		err = h.Run(ctx, time.Millisecond, func() uint64 {
			if beats++; beats == 5 {
				cancel()
			}
			return beats
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
		s, err := h.Snapshot(60, 100)
		must(t, err)
		want := heartbeat.Beat{ID: netid64.Make(heartbeat.Kind, 0, 4), At: 50, Load: 5, Age: 10}
		if len(s.Beats) != 1 || s.Beats[0] != want {
			t.Errorf("%+v, want %+v", s.Beats, want)
		}
		if err := h.Run(ctx, time.Millisecond, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("a run that has ended: %v", err)
		}
		if err := h.Run(t.Context(), 0, nil); !errors.Is(err, heartbeat.ErrInterval) {
			t.Errorf("an interval of 0: %v", err)
		}
	})
}

func TestAFrameThatIsNoBeatIsNone(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		h := open(t, f)
		family, err := f.OpenReserved(heartbeat.Kind, fleet.Spec{Topology: fleet.Lane, Capacity: 16, Payload: 16, TypeName: "orbit.beat"})
		must(t, err)
		_, err = family.Publish(0, 0, []byte("short"))
		must(t, err)
		s, err := h.Snapshot(0, 0)
		if err != nil || len(s.Beats) != 0 || !slices.Equal(s.Missing, []uint16{0}) {
			t.Errorf("%+v %v", s, err)
		}
	})
}

func TestAClosedFleetSaysSo(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		h := open(t, f)
		must(t, f.Close())
		_, beat := h.Beat(0, 0)
		_, snapshot := h.Snapshot(0, 0)
		_, open := heartbeat.Open(f, heartbeat.Options{})
		for what, err := range map[string]error{"beat": beat, "run": h.Run(t.Context(), 1, nil), "snapshot": snapshot, "open": open} {
			if !errors.Is(err, fleet.ErrClosed) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestBeatingAndLookingAllocateNothing(t *testing.T) {
	fleettest.Each(t, 3, func(t *testing.T, f *fleet.Fleet) {
		h := open(t, f)
		var s heartbeat.Snapshot
		must(t, h.Look(0, 0, &s))
		_, err := h.Beat(1, 1)
		must(t, err)
		must(t, h.Look(0, 0, &s))
		if n := testing.AllocsPerRun(100, func() { h.Beat(fleet.Now(), 1); h.Look(fleet.Now(), time.Second, &s) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}

// beater joins the fleet args[0] of size 3 as node 2 and beats at each time it
// hears.
func beater(p *fleettest.Parent, args []string) error {
	f, err := fleet.JoinShared(args[0], fleet.Options{Size: 3, Node: fleet.Node(2)})
	if err != nil {
		return err
	}
	h, err := heartbeat.Open(f, heartbeat.Options{})
	if err != nil {
		return err
	}
	for line, ok := p.Hear(); ok; line, ok = p.Hear() {
		at, err := strconv.Atoi(line)
		if err != nil {
			return err
		}
		id, err := h.Beat(time.Duration(at), 0)
		if err != nil {
			return err
		}
		p.Say("%v", id)
	}
	return nil
}

func TestTheLastBeatOfAChildThatWasKilledGoesStale(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 3, 0)
	h := open(t, f)
	c := fleettest.Start(t, "beater", f.Name())
	c.Say("1000")
	c.Expect("221:2:0")
	c.Kill()
	for now, stale := range map[time.Duration][]uint16{1500: nil, 2000: {2}} {
		s, err := h.Snapshot(now, 750)
		must(t, err)
		if !slices.Equal(s.Missing, []uint16{0, 1}) || !slices.Equal(s.Stale, stale) {
			t.Errorf("at %d: %+v", now, s)
		}
	}
}

func BenchmarkBeat(b *testing.B) {
	f, err := fleet.Join("bench", fleet.Options{Size: 1})
	must(b, err)
	defer f.Close()
	h := open(b, f)
	b.ReportAllocs()
	for b.Loop() {
		h.Beat(1, 1)
	}
}

func BenchmarkLook(b *testing.B) {
	f, err := fleet.Join("bench", fleet.Options{Size: 16})
	must(b, err)
	defer f.Close()
	h := open(b, f)
	h.Beat(1, 1)
	var s heartbeat.Snapshot
	b.ReportAllocs()
	for b.Loop() {
		h.Look(2, time.Second, &s)
	}
}

// Workers of a service would call JoinShared, each in its own process, and let
// Run beat.
func Example() {
	f, err := fleet.Join("pool", fleet.Options{Size: 3, Node: fleet.Node(1)})
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	hearts, err := heartbeat.Open(f, heartbeat.Options{})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := hearts.Beat(10*time.Second, 42); err != nil {
		log.Fatal(err)
	}
	s, err := hearts.Snapshot(11*time.Second, 3*time.Second)
	if err != nil {
		log.Fatal(err)
	}
	for _, b := range s.Beats {
		fmt.Println("node", b.Node, "load", b.Load, "age", b.Age, "stale", b.Stale)
	}
	fmt.Println("missing", s.Missing)
	// Output:
	// node 1 load 42 age 1s stale false
	// missing [0 2]
}
