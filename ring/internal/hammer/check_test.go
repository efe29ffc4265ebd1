//go:build linux

package hammer

import (
	"fmt"
	"slices"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

// check returns the number of violations in the reports of a round, and notes.
func (h hammer) check(all reports) (violations uint64, notes []string) {
	bad := func(format string, a ...any) {
		violations++
		notes = append(notes, h.name+": "+fmt.Sprintf(format, a...))
	}
	shared := h.topology == layout.Shared

	used := make([]uint64, len(all.head))
	for _, w := range all.writers {
		for _, p := range w.Problems {
			bad("writer %d: %s", w.Node, p)
		}
		if shared {
			used[0] += w.Published + w.Lost + w.Aborted + w.Stats.Holes
			continue
		}
		used[w.Node] += w.Published
		if w.Lost > 0 || w.Stats != (ring.WriterStats{}) {
			bad("writer %d lost %d in its own lane, %+v", w.Node, w.Lost, w.Stats)
		}
	}
	for lane, head := range all.head {
		if !h.kills && used[lane] != head {
			bad("lane %d: writers used %d positions, head is %d", lane, used[lane], head)
		}
	}
	for _, u := range all.unsettled {
		bad("%s", u)
	}

	at := map[sample]uint64{}
	for i, x := range slices.Concat(all.readers, []readerReport{all.tail}) {
		violations += x.Violations
		for _, note := range x.Notes {
			notes = append(notes, fmt.Sprintf("%s: reader %d (%s): %s", h.name, i, x.Style, note))
		}
		var passed uint64
		for lane := range x.End {
			passed += x.End[lane] - x.Begin[lane]
			if x.End[lane] != all.head[lane] {
				bad("reader %d (%s) ended at %d of lane %d, head is %d", i, x.Style, x.End[lane], lane, all.head[lane])
			}
		}
		if x.total()+x.Loss.Total() != passed {
			bad("reader %d (%s) passed %d positions, but delivered %d and lost %+v", i, x.Style, passed, x.total(), x.Loss)
		}
		if !shared && x.Loss.Unavailable > 0 {
			bad("reader %d (%s) of lanes found %d unavailable", i, x.Style, x.Loss.Unavailable)
		}
		for _, s := range x.Samples {
			key := sample{Lane: s.Lane, Position: s.Position}
			if v, ok := at[key]; ok && v != s.Version {
				bad("two readers got versions %#x and %#x at position %d of lane %d", v, s.Version, s.Position, s.Lane)
			}
			at[key] = s.Version
		}
	}
	for i, x := range all.readers {
		for _, s := range all.delivered[i] {
			bad("reader %d (%s) got frame %#x, which its writer lost", i, x.Style, s)
		}
		for _, w := range all.writers {
			last := x.Sequence[w.Node]
			switch {
			case last>>countBits > w.Life:
				bad("reader %d (%s) got frame %#x of life %d, node %d is in life %d", i, x.Style, last, last>>countBits, w.Node, w.Life)
			case last>>countBits == w.Life && x.Final[w.Node] > w.Published:
				bad("reader %d (%s) got %d frames, node %d published %d", i, x.Style, x.Final[w.Node], w.Node, w.Published)
			}
		}
	}
	if what := all.tailMisses(); what != "" {
		bad("%s", what)
	}
	return violations, notes
}

// tailMisses says what a reader of the idle ring did not get although it is
// there, or "".
func (all *reports) tailMisses() string {
	if got := all.tail.total(); got != all.readable || all.tail.Loss.Overwritten+all.tail.Loss.Reset != 0 {
		return fmt.Sprintf("a reader from the oldest of %d readable frames got %d and lost %+v", all.readable, got, all.tail.Loss)
	}
	return ""
}
