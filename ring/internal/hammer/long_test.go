//go:build linux

package hammer

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"
)

// long is the mode that ORBIT_HAMMER (a duration) or ORBIT_HAMMER_FRAMES (a
// count of delivered frames) asks for: round after round over all cases.
type long struct {
	until  time.Time
	frames uint64
}

func longHammer(t *testing.T) (l long, ok bool) {
	if text := os.Getenv("ORBIT_HAMMER"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("ORBIT_HAMMER: %v", err)
		}
		l.until, ok = time.Now().Add(d), true
	}
	if text := os.Getenv("ORBIT_HAMMER_FRAMES"); text != "" {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || n < 1 {
			t.Fatalf("ORBIT_HAMMER_FRAMES: %q is not a count", text)
		}
		l.frames, ok = uint64(n), true
	}
	return l, ok
}

func (l long) over(delivered uint64) bool {
	return !l.until.IsZero() && !time.Now().Before(l.until) || l.frames > 0 && delivered >= l.frames
}

func (l long) run(t *testing.T) {
	tallies := make([]tally, len(hammers))
	begun := time.Now()
	var delivered, violations uint64
	for turn := 1; turn == 1 || !l.over(delivered); turn++ {
		for i, h := range hammers {
			if turn > 1 && l.over(delivered) {
				break
			}
			s, before := &tallies[i], tallies[i]
			h.round(t, 2*time.Second, s)
			delivered += s.delivered - before.delivered
			violations += s.violations - before.violations
			fmt.Fprintf(os.Stderr, "hammer: %6.0fs %12d delivered | turn %d, %s: %v\n", time.Since(begun).Seconds(), delivered, turn, h.name, s)
		}
	}
	for i, h := range hammers {
		h.verdict(t, &tallies[i])
	}
	fmt.Fprintf(os.Stderr, "hammer: %d frames delivered in %v, %d violations\n", delivered, time.Since(begun).Round(time.Second), violations)
}
