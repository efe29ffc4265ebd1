//go:build linux

package hammer

import (
	"strings"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring/layout"
)

// hammerSlice is how long a round of a case takes in an ordinary test run.
func hammerSlice() time.Duration {
	if testing.Short() {
		return 150 * time.Millisecond
	}
	return 700 * time.Millisecond
}

// patientRounds bounds how many rounds a case gets to see what it must see.
const patientRounds = 20

func TestUnderTheHammerNoFrameIsTornRepeatedReorderedOrMiscounted(t *testing.T) {
	needsSegments(t)
	if long, ok := longHammer(t); ok {
		long.run(t)
		return
	}
	for _, h := range hammers {
		t.Run(h.name, func(t *testing.T) {
			var s tally
			for s.rounds == 0 || s.rounds < patientRounds && s.violations == 0 && len(h.lacks(&s)) > 0 {
				h.round(t, hammerSlice(), &s)
			}
			t.Log(&s)
			h.verdict(t, &s)
		})
	}
}

func (h hammer) verdict(t *testing.T, s *tally) {
	t.Helper()
	for _, what := range h.lacks(s) {
		t.Errorf("%s: the hammer proves nothing: %s in %d rounds", h.name, what, s.rounds)
	}
	if s.violations > 0 {
		t.Errorf("%s: %d violations:\n%s", h.name, s.violations, strings.Join(s.notes, "\n"))
	}
}

func TestTheHammerCatchesAWriterThatBreaksTheRing(t *testing.T) {
	needsSegments(t)
	for _, h := range []hammer{
		{name: "lane, payload", topology: layout.Lane, breaks: "payload"},
		{name: "lane, repeat", topology: layout.Lane, breaks: "repeat"},
		{name: "shared, payload", topology: layout.Shared, breaks: "payload"},
		{name: "shared, op", topology: layout.Shared, breaks: "op"},
		{name: "shared, node", topology: layout.Shared, breaks: "node"},
	} {
		t.Run(h.name, func(t *testing.T) {
			h.capacity, h.payload, h.writers, h.styles = 1024, 200, 2, []string{"poll", "next"}
			var s tally
			for s.violations == 0 && s.rounds < patientRounds {
				h.round(t, 100*time.Millisecond, &s)
			}
			if s.violations == 0 {
				t.Errorf("no complaint: %v", &s)
			}
		})
	}
}
