//go:build linux

package hammer

import (
	"fmt"
	"slices"

	"github.com/orbitring/orbit/ring/layout"
)

// tally is what a case has seen over its rounds.
type tally struct {
	rounds                                   int
	delivered, overwritten, unavailable      uint64
	reset, newest, reads, laps               uint64
	published, lost, holes, takeovers, swept uint64
	kills, stops                             uint64
	violations                               uint64
	notes                                    []string
}

func (s *tally) blame(n uint64, notes ...string) {
	s.violations += n
	for _, note := range notes {
		if len(s.notes) < 20 {
			s.notes = append(s.notes, note)
		}
	}
}

func (s *tally) String() string {
	return fmt.Sprintf("delivered %d, overwritten %d, unavailable %d, reset %d, newest %d, read by id %d, laps %d; published %d, lost %d, holes %d, takeovers %d, swept %d; kills %d, stops %d; violations %d",
		s.delivered, s.overwritten, s.unavailable, s.reset, s.newest, s.reads, s.laps,
		s.published, s.lost, s.holes, s.takeovers, s.swept, s.kills, s.stops, s.violations)
}

// lacks says what a case was built to see and did not.
func (h hammer) lacks(s *tally) (missing []string) {
	need := func(wanted bool, what string, n uint64) {
		if wanted && n == 0 {
			missing = append(missing, "zero "+what)
		}
	}
	shared := h.topology == layout.Shared
	need(true, "frames delivered", s.delivered)
	need(true, "frames published", s.published)
	need(true, "laps", s.laps)
	need(h.capacity <= 64, "frames overwritten before they were read", s.overwritten)
	need(slices.Contains(h.styles, "newest"), "newest frames", s.newest)
	need(slices.Contains(h.styles, "newest"), "frames read by id", s.reads)
	need(shared, "unavailable", s.unavailable)
	need(h.kills, "kills", s.kills)
	need(h.kills && shared, "takeovers", s.takeovers)
	need(h.stops, "stops", s.stops)
	need(h.stops && shared, "holes", s.holes)
	need(h.stops && shared, "frames lost by their writer", s.lost)
	return missing
}
