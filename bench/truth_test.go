package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// truthEnv asks for the whole campaign, whose figures are recorded: it takes a
// minute and a quiet host.
const truthEnv = "ORBIT_TRUTH"

// clockEnv makes this binary a fresh process that says how wrong its clock is.
const clockEnv = "ORBIT_BENCH_TEST_CLOCK"

// A clockReport is what such a process found.
type clockReport struct {
	Source string
	PPM    float64 // of the stamps' rate, against CLOCK_MONOTONIC
	Offset float64 // of the stamps at the end, ns
}

// sayClock calibrates as a run does, waits, and compares.
func sayClock(wait time.Duration) {
	c := newClock()
	s := c.stamper()
	type instant struct{ at, own int64 }
	look := func() instant {
		var best instant
		width := int64(math.MaxInt64)
		for range 1000 {
			before, ok := monotonic()
			own := s.now()
			after, _ := monotonic()
			if !ok {
				before = now()
				own, after = s.now(), now()
			}
			if w := int64(after - before); w < width {
				width, best = w, instant{int64(before) + w/2, own}
			}
		}
		return best
	}
	a := look()
	time.Sleep(wait)
	b := look()
	json.NewEncoder(os.Stdout).Encode(clockReport{
		c.Source, (float64(b.own-a.own)/float64(b.at-a.at) - 1) * 1e6, float64(b.own - b.at),
	})
	os.Exit(0)
}

func TestClockOfFreshProcessesIsTrue(t *testing.T) {
	n, wait, bound := 2, 500*time.Millisecond, 10.0
	if os.Getenv(truthEnv) != "" {
		n, wait, bound = 24, 10*time.Second, 1.0
	}
	reports := make([]clockReport, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), clockEnv+"="+wait.String())
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err == nil {
				err = json.Unmarshal(out, &reports[i])
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	worst := 0.0
	for _, r := range reports {
		worst = max(worst, math.Abs(r.PPM))
		if math.Abs(r.PPM) > bound {
			t.Errorf("a clock (%s) is wrong by %.3f ppm over %v", r.Source, r.PPM, wait)
		}
	}
	t.Logf("%d fresh processes, %v each, clock %s: at most %.4f ppm against CLOCK_MONOTONIC", n, wait, reports[0].Source, worst)
}

// A consumer that really sleeps delays exactly the messages that are due
// meanwhile: what is reported must be what follows from when it slept.
func TestReportedTailIsThatOfTheStalls(t *testing.T) {
	s := Spec{
		Mode: Rate, Topology: pair, Transport: Lane, Payload: 32, Capacity: 8192, Wait: Spin,
		Rate: 1e4, Burst: 1, Duration: 400 * time.Millisecond, Stall: 20 * time.Millisecond, StallEvery: 200 * time.Millisecond,
	}
	count := 1
	full := os.Getenv(truthEnv) != ""
	if full {
		s.Duration, s.Stall, s.StallEvery = 4*time.Second, 100*time.Millisecond, time.Second
		count = 10
	}
	report, err := Run(context.Background(), Plan{Rows: []Spec{s}, Count: count, Pin: Pinning{Auto: true}, Repeats: 3, Spare: time.Minute}, nil)
	if err != nil {
		t.Fatal(err)
	}
	row := report.Rows[0]
	if row.Fail != "" {
		t.Fatal(row.Fail)
	}
	for i, x := range row.Samples {
		if len(x.Stalls) < int(s.Duration/s.StallEvery)-1 {
			t.Fatalf("%d stalls in %v", len(x.Stalls), s.Duration)
		}
		want := exact(s.schedule(), s.schedule().count(s.Duration), x.Stalls)
		text := fmt.Sprintf("round %d: %d stalls", i+1, len(x.Stalls))
		for _, q := range []struct {
			name string
			q    float64
		}{{"p99", 0.99}, {"max", 1}} {
			got, exact := x.Latency.Quantile(q.q), ranked(want, q.q)
			text += fmt.Sprintf(", %s %.3f ms, exact %.3f (%+.2f %%)", q.name, got/1e6, exact/1e6, 100*(got/exact-1))
			// Less than what the stalls did cannot be; more can, on a host that
			// has other things to do, and only a quiet one is asked.
			if got < 0.95*exact || full && got > 1.05*exact {
				t.Errorf("round %d: %s is %.0f ns, exact is %.0f", i+1, q.name, got, exact)
			}
		}
		t.Log(text)
	}
}
