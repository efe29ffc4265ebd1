//go:build linux

package hammer

import (
	"testing"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

// soundReports are what a round of a shared ring with two writers and two
// readers may report.
func soundReports() reports {
	frames := func(a, b uint64, loss ring.Loss, style string) readerReport {
		return readerReport{
			Style: style, Begin: []uint64{0}, End: []uint64{1000},
			Delivered: []uint64{a, b}, Final: []uint64{a, b}, Sequence: []uint64{1<<countBits + 500, 1<<countBits + 450},
			Loss: loss, Samples: []sample{{0, 256, 77}},
		}
	}
	tail := frames(2, 1, ring.Loss{Unavailable: 1}, "tail")
	tail.Begin = []uint64{996}
	return reports{
		writers: []writerReport{
			{Node: 0, Life: 1, Published: 500, Aborted: 20, Stats: ring.WriterStats{Holes: 20}},
			{Node: 1, Life: 1, Published: 440, Lost: 10, Aborted: 10, LostFirst: []uint64{1<<countBits + 7}},
		},
		readers: []readerReport{
			frames(300, 250, ring.Loss{Overwritten: 400, Unavailable: 30, Reset: 20}, "poll"),
			frames(500, 440, ring.Loss{Unavailable: 60}, "next"),
		},
		delivered: [][]uint64{nil, nil},
		head:      []uint64{1000}, floor: []uint64{0}, readable: 3, tail: tail,
	}
}

func TestTheHammerComplainsAboutReportsThatDoNotAddUp(t *testing.T) {
	h := hammer{name: "broken", topology: layout.Shared, capacity: 4}
	if n, notes := h.check(soundReports()); n != 0 {
		t.Fatalf("sound reports: %v", notes)
	}
	for name, spoil := range map[string]func(all *reports){
		"a frame too many":                func(all *reports) { all.readers[0].Delivered[0]++ },
		"a frame too few":                 func(all *reports) { all.readers[0].Delivered[1]-- },
		"a loss too many":                 func(all *reports) { all.readers[0].Loss.Overwritten++ },
		"a hole not counted":              func(all *reports) { all.readers[1].Loss.Unavailable-- },
		"a reset not counted":             func(all *reports) { all.readers[0].Loss.Reset = 0 },
		"a reader that stopped early":     func(all *reports) { all.readers[1].End[0]--; all.readers[1].Loss.Unavailable-- },
		"a lost frame delivered":          func(all *reports) { all.delivered[1] = []uint64{1<<countBits + 7} },
		"more delivered than published":   func(all *reports) { all.readers[1].Final[1] = 441 },
		"a frame of a life that is to be": func(all *reports) { all.readers[0].Sequence[1] = 2 << countBits },
		"a position nobody used":          func(all *reports) { all.writers[0].Published-- },
		"a position used twice":           func(all *reports) { all.writers[1].Aborted++ },
		"a writer's own complaint":        func(all *reports) { all.writers[0].Problems = []string{"reserve: failed"} },
		"two frames at one position":      func(all *reports) { all.readers[1].Samples[0].Version++ },
		"a reader's complaint":            func(all *reports) { all.readers[1].Violations = 1 },
		"a tail too short":                func(all *reports) { all.readable++ },
		"a tail with overwritten frames": func(all *reports) {
			all.tail.Loss = ring.Loss{Overwritten: 1}
		},
		"a slot left unsettled": func(all *reports) { all.unsettled = []string{"writing"} },
	} {
		t.Run(name, func(t *testing.T) {
			all := soundReports()
			spoil(&all)
			if n, _ := h.check(all); n == 0 {
				t.Error("no complaint")
			}
		})
	}
}

func TestTheHammerComplainsWhenItSawNothing(t *testing.T) {
	for _, h := range hammers {
		seen := tally{
			delivered: 1, overwritten: 1, unavailable: 1, newest: 1, reads: 1, laps: 1,
			published: 1, lost: 1, holes: 1, takeovers: 1, kills: 1, stops: 1,
		}
		if missing := h.lacks(&seen); len(missing) > 0 {
			t.Errorf("%s: complains about %v", h.name, missing)
		}
		shared := h.topology == layout.Shared
		for what, c := range map[string]struct {
			needed bool
			field  *uint64
		}{
			"laps":        {true, &seen.laps},
			"delivered":   {true, &seen.delivered},
			"published":   {true, &seen.published},
			"overwritten": {h.capacity <= 64, &seen.overwritten},
			"unavailable": {shared, &seen.unavailable},
			"kills":       {h.kills, &seen.kills},
			"takeovers":   {h.kills && shared, &seen.takeovers},
			"stops":       {h.stops, &seen.stops},
			"holes":       {h.stops && shared, &seen.holes},
			"lost":        {h.stops && shared, &seen.lost},
		} {
			*c.field = 0
			if got := len(h.lacks(&seen)) > 0; got != c.needed {
				t.Errorf("%s: zero %s: complains %v, want %v", h.name, what, got, c.needed)
			}
			*c.field = 1
		}
	}
}
