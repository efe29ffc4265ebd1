package gate

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func duel(t *testing.T, old, new string, rounds int) *Outcome {
	t.Helper()
	p := binaries(t, old, new)
	d := Duel{Old: p[0], New: p[1], Rounds: rounds, Within: time.Minute, Seed: 7, Rule: DefaultRule}
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	o, err := Interleave(context.Background(), d, func(Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestASlowerBuildIsFoundAndAnEqualOneIsNot(t *testing.T) {
	if j := duel(t, "old-0", "new-12", 12).Judgement; j.Verdict != Regression || !strings.Contains(j.Sentence(), "REGRESSION") {
		t.Errorf("+12 %%: %s", j.Sentence())
	}
	if j := duel(t, "old-12", "new-0", 12).Judgement; j.Verdict != Improvement {
		t.Errorf("-12 %%: %s", j.Sentence())
	}
	if j := duel(t, "old-0", "new-0", 12).Judgement; j.Verdict == Regression || j.Verdict == Improvement {
		t.Errorf("equal: %s", j.Sentence())
	}
}

func TestRoundsComeInBothOrdersAndPairsOfDifferentDistanceAreReplaced(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	t.Setenv("ORBIT_GATE_LOG", log)
	o := duel(t, "old-0", "new-0", 6)
	for row, pairs := range o.Pairs {
		matched := 0
		for _, p := range pairs {
			if p.matched() {
				matched++
			}
		}
		if matched < 6 || len(pairs) != o.Rounds {
			t.Errorf("%s: %d pairs of %d in %d rounds", row, matched, len(pairs), o.Rounds)
		}
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Fields(string(text))
	for i := 0; i+3 < len(names); i += 4 {
		if names[i] == names[i+1] || names[i] != names[i+3] || names[i+1] != names[i+2] {
			t.Fatalf("rounds %d and %d ran as %v", i/2, i/2+1, names[i:i+4])
		}
	}
}

func TestAnExactMetricNeedsNoTest(t *testing.T) {
	j := duel(t, "old-0", "new-50", 3).Judgement
	found := false
	for _, f := range j.Findings {
		if f.Unit == "allocs/op" {
			found = true
			if f.Verdict != Regression {
				t.Errorf("1 instead of 0 allocations: %s", f.Verdict)
			}
		}
	}
	if !found || j.Verdict != Regression {
		t.Errorf("%s", j.Sentence())
	}
}

func TestTooFewRoundsCannotTellAndSayHowManyWould(t *testing.T) {
	j := duel(t, "old-0", "new-12", 2).Judgement
	if j.Verdict != CannotTell || !strings.Contains(j.Sentence(), "more samples needed") {
		t.Errorf("%s", j.Sentence())
	}
}

func TestWhatCannotBeMeasuredIsAnErrorThatSaysWhy(t *testing.T) {
	p := binaries(t, "old-0", "broken")
	d := Duel{Old: p[0], New: p[1], Rounds: 3, Within: time.Minute, Rule: DefaultRule}
	_, err := Interleave(context.Background(), d, func(Progress) {})
	if !errors.Is(err, ErrBinary) || !strings.Contains(err.Error(), "a message was torn") {
		t.Errorf("%v", err)
	}
	d.New = filepath.Join(t.TempDir(), "nothing")
	if err := d.Check(); !errors.Is(err, ErrBinary) || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("%v", err)
	}
}
