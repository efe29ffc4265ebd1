//go:build linux

package hammer

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"
)

// soakPlanned is what ORBIT_SOAK (a duration), ORBIT_SOAK_SEED and
// ORBIT_SOAK_ROUND (only this one, again and again) ask for.
type soakPlanned struct {
	length, round time.Duration
	seed          uint64
	only          int // -1: all rounds
}

func plannedSoak(t *testing.T) soakPlanned {
	t.Helper()
	s := soakPlanned{length: 3 * time.Second, round: 400 * time.Millisecond, seed: uint64(time.Now().UnixNano()), only: -1}
	number := func(name string) (uint64, bool) {
		text := os.Getenv(name)
		if text == "" {
			return 0, false
		}
		n, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return n, true
	}
	if text := os.Getenv("ORBIT_SOAK"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("ORBIT_SOAK: %v", err)
		}
		s.length, s.round = d, min(4*time.Second, d)
	}
	if n, ok := number("ORBIT_SOAK_SEED"); ok {
		s.seed = n
	}
	if n, ok := number("ORBIT_SOAK_ROUND"); ok {
		s.only = int(n)
	}
	return s
}

func TestSoakedInKillsAndStopsNoFrameIsTornRepeatedReorderedOrMiscounted(t *testing.T) {
	needsSegments(t)
	s := plannedSoak(t)
	long := os.Getenv("ORBIT_SOAK") != ""
	fmt.Fprintf(os.Stderr, "soak: seed %d, %v, rounds of %v\n", s.seed, s.length, s.round)
	var all soakSum
	begun := time.Now()
	for n := 0; ; n++ {
		over := time.Since(begun) >= s.length
		if over && (s.only >= 0 || len(all.lacks()) == 0 || n > patientRounds && time.Since(begun) > 2*s.length) {
			break
		}
		plan := drawPlan(s.seed, n, s.round)
		if s.only >= 0 {
			plan = drawPlan(s.seed, s.only, s.round)
		}
		round := plan.run(t)
		history := drawHistory(s.seed, plan.number).run(t)
		round.add(history)
		all.add(round)
		if long {
			fmt.Fprintf(os.Stderr, "soak: %5.0fs round %d: %v: %d frames, %d kills, %d stops, %d violations\n",
				time.Since(begun).Seconds(), plan.number, plan, round.counts[verified], round.kills, round.stops, round.violations)
		}
		if t.Failed() {
			break
		}
	}
	for _, what := range all.lacks() {
		if s.only < 0 && !t.Failed() {
			t.Errorf("the soak proves nothing: %s in %d rounds (seed %d)", what, all.rounds, s.seed)
		}
	}
	fmt.Fprintf(os.Stderr, "soak: seed %d: %d rounds in %v: %v\n", s.seed, all.rounds, time.Since(begun).Round(time.Second), &all)
}
