package tune

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/orbitring/orbit/bench"
)

var load = Load{
	Payload: 64, Rate: 1e5, Burst: 1, Writers: 1, Readers: 1, Stall: 10 * time.Millisecond, Margin: 1.5, Budget: 64 << 20,
	Rings: []bench.Transport{bench.Lane}, Waits: []bench.Wait{bench.Auto, bench.Park}, Tries: 3, Runs: 5,
}

// ideal is a host on which a ring holds if its lane is large enough, and on
// which parking is slower. tight says how much more a fresh run needs.
func ideal(l Load, tight float64) func(context.Context, Shape, float64, int, int) (Trial, error) {
	return func(_ context.Context, s Shape, margin float64, samples, _ int) (Trial, error) {
		t := Trial{Shape: s, Bytes: l.Bytes(s), Margin: margin, Samples: samples, P50: 600}
		if s.Wait == bench.Park {
			t.P50 = 50000
		}
		need := l.need(s.Ring) * margin
		if margin == 1 {
			need *= tight
		}
		if float64(s.Capacity) < need {
			t.Lossy, t.Lost = samples, 1
		}
		return t, nil
	}
}

func find(t *testing.T, l Load, tight float64) (*Result, error) {
	t.Helper()
	if err := l.Check(); err != nil {
		t.Fatal(err)
	}
	s := &search{Load: l, run: ideal(l, tight), tell: func(Progress) {}}
	return s.find(context.Background())
}

func TestTheSmallestRingThatHoldsWithTheMarginIsPicked(t *testing.T) {
	// 1e5 a second for 10 ms are 1000 messages, 1500 with the margin.
	r, err := find(t, load, 1)
	if err != nil {
		t.Fatal(err)
	}
	if r.Pick.Capacity != 2048 || r.Pick.Wait != bench.Auto || !r.Confirmed.Holds() || r.Confirmed.Samples != 5 {
		t.Errorf("%+v", r.Pick)
	}
	if !r.Half.Holds() { // 1024 hold 1000; it is with the margin that they lose
		t.Errorf("half: %+v", r.Half)
	}
	for _, x := range r.Trials {
		if x.Capacity == 1024 && x.Holds() {
			t.Errorf("1024 slots hold 1500 messages: %+v", x)
		}
	}
	shared := load
	shared.Rings, shared.Writers = []bench.Transport{bench.Lane, bench.Shared}, 4
	if r, err = find(t, shared, 1); err != nil || r.Pick.Ring != bench.Lane || r.Pick.Capacity != 512 {
		t.Errorf("four lanes of 512 are as large as 2048 slots, and lanes come first: %+v, %v", r, err)
	}
}

func TestAPickThatFailsInFreshRunsIsDoubled(t *testing.T) {
	r, err := find(t, load, 3)
	if err != nil {
		t.Fatal(err)
	}
	if r.Pick.Capacity != 4096 || len(r.Rejected) != 1 || r.Rejected[0].Capacity != 2048 || r.Half.Holds() {
		t.Errorf("%+v", r)
	}
}

func TestTheBudgetIsKept(t *testing.T) {
	l := load
	l.Budget = 300 << 10
	if r, err := find(t, l, 1); err != nil || r.Pick.Bytes > l.Budget {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := find(t, l, 3); !errors.Is(err, ErrBudget) {
		t.Errorf("4096 slots are over the budget: %v", err)
	}
	l.Budget = 100 << 10
	if err := l.Check(); !errors.Is(err, ErrLoad) {
		t.Errorf("1024 slots are over the budget: %v", err)
	}
}

func TestOneLossInSixSamplesIsPardoned(t *testing.T) {
	for _, c := range []struct {
		lossy, samples int
		holds          bool
	}{{0, 3, true}, {1, 3, false}, {1, 6, true}, {2, 20, false}} {
		if got := (Trial{Lossy: c.lossy, Samples: c.samples}).Holds(); got != c.holds {
			t.Errorf("%d of %d lose: holds %v", c.lossy, c.samples, got)
		}
	}
}

func TestASampleOfAnotherLoadIsToldByTheLoadAlone(t *testing.T) {
	spec := load.spec(Shape{Ring: bench.Lane, Capacity: 2048, Wait: bench.Auto}, 1)
	stall := func(d time.Duration) bench.Sample {
		return bench.Sample{Stalls: []bench.Stall{{From: 0, To: int64(d)}}}
	}
	if load.harder(spec, stall(11*time.Millisecond)) {
		t.Error("a millisecond too long is within the margin")
	}
	if !load.harder(spec, stall(16*time.Millisecond)) {
		t.Error("16 ms are not the 10 that were asked for")
	}
	lossy := stall(11 * time.Millisecond)
	lossy.Counts.Missing = 1000
	if load.harder(spec, lossy) {
		t.Error("what was lost was looked at")
	}
}

func TestWhatCannotBeTriedIsRefused(t *testing.T) {
	for name, change := range map[string]func(*Load){
		"margin": func(l *Load) { l.Margin = 0.9 }, "stall": func(l *Load) { l.Stall = time.Hour }, "burst": func(l *Load) { l.Burst = 0 },
		"payload": func(l *Load) { l.Payload = 1 }, "tries": func(l *Load) { l.Tries = 0 }, "rate": func(l *Load) { l.Rate = 1e10 },
	} {
		l := load
		change(&l)
		if err := l.Check(); !errors.Is(err, ErrLoad) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
