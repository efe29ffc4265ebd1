package tune

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/orbitring/orbit/bench"
)

// A Trial is what became of one shape.
type Trial struct {
	Shape
	Bytes       uint64        `json:"bytes"`
	Margin      float64       `json:"margin"` // 1: the load as asked
	Samples     int           `json:"samples"`
	Lossy       int           `json:"lossy"` // samples in which something was lost
	Sent        uint64        `json:"sent"`
	Lost        uint64        `json:"lost"`        // messages, each reader's counted
	Overwritten uint64        `json:"overwritten"` // of the lost ones: lapped
	Harder      int           `json:"harder"`      // samples that were repeated because the host made the load harder than asked
	P50         float64       `json:"p50_ns"`
	P99         float64       `json:"p99_ns"`
	LongStall   time.Duration `json:"longest_stall_ns"` // as it was, not as it was asked for
}

// pardon is how many samples make up for one that lost something: a virtual
// machine is now and then away for longer than any reader would be.
const pardon = 6

// Holds says that nothing was lost, or once in many samples.
func (t Trial) Holds() bool { return t.Lossy == 0 || t.Lossy == 1 && t.Samples >= pardon }

// ErrRate: the host does not make the rate, so nothing can be said of it.
var ErrRate = errors.New("the host does not make this load")

// failures is how often a run that has no figures is repeated: another process
// can take a producer's processor for long enough to miss its rate.
const failures = 8

// try runs a shape, each sample in fresh processes. After a loss it takes more of
// them, to see whether that was chance; after enough losses it ends.
func (l Load) try(ctx context.Context, s Shape, margin float64, samples, enough int) (Trial, error) {
	spec := l.spec(s, margin)
	t := Trial{Shape: s, Bytes: l.Bytes(s), Margin: margin}
	g, err := spec.Geometry()
	if err != nil {
		return t, err
	}
	t.Stride = g.Stride
	// Nothing is repeated for being unsteady: what is lost then is lost too.
	plan := bench.Plan{Suite: "tune", Rows: []bench.Spec{spec}, Count: 1, Pin: l.Pin}
	for failed := 0; ; {
		report, err := bench.Run(ctx, plan, nil)
		switch {
		case err != nil:
			return t, err
		case report.Interrupted:
			return t, ctx.Err()
		case len(report.Rows) == 1 && report.Rows[0].Fail == "":
			if x := report.Rows[0].Samples[0]; t.Harder < samples && l.harder(spec, x) {
				t.Harder++
				continue
			}
			t.count(report.Rows[0])
			if t.Samples >= samples && (t.Lossy != 1 || t.Samples >= pardon) || t.Lossy >= enough {
				return t, nil
			}
			continue
		}
		if failed++; failed == failures {
			return t, fmt.Errorf("%w: %v: %s", ErrRate, spec, report.Rows[0].Fail)
		}
	}
}

// harder says that a sample was not of the load that was asked for: a reader slept
// for much longer than it was told to, or a writer was away and then sent what had
// piled up at once. It looks at the load only, never at what was lost.
func (l Load) harder(spec bench.Spec, x bench.Sample) bool {
	slack := float64(l.Stall) / 2
	for _, s := range x.Stalls {
		if float64(s.To-s.From) > float64(spec.Stall)+slack {
			return true
		}
	}
	return slack > 0 && x.Lag != nil && x.Lag.Count() > 0 && x.Lag.Quantile(1) > slack
}

func (t *Trial) count(row bench.Row) {
	for _, x := range row.Samples {
		t.Samples++
		t.Sent += x.Sent - x.Warm
		t.Lost += x.Counts.Missing
		t.Overwritten += x.Counts.Overwritten
		if x.Counts.Missing > 0 {
			t.Lossy++
		}
		for _, s := range x.Stalls {
			t.LongStall = max(t.LongStall, time.Duration(s.To-s.From))
		}
	}
	// The best sample: what the ring can do, not what disturbed it.
	p50, p99 := row.Latency.Quantile(0.5), row.Latency.Quantile(0.99)
	if t.Samples == 1 || p50 < t.P50 {
		t.P50, t.P99 = p50, p99
	}
}
