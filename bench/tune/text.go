package tune

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/orbitring/orbit/bench"
)

// Write writes the result for people: the frontier, the pick and how sure it
// is, the memory, and what to paste.
func (r *Result) Write(w io.Writer, host bench.Host) error {
	var b strings.Builder
	l := r.Load
	fmt.Fprintf(&b, "load: %d B × %g/s from %d writers to %d readers, bursts of %d, readers that sleep %v; searched with %g × the stall and burst\n\n",
		l.Payload, l.Rate, l.Writers, l.Readers, l.Burst, l.Stall, l.Margin)
	fmt.Fprintf(&b, "%-7s %-6s %9s %7s %9s  %10s %10s  %s\n", "ring", "wait", "capacity", "stride", "memory", "p50", "p99", "with the margin")
	for _, t := range r.Trials {
		mark := ""
		if t.Shape == r.Pick.Shape {
			mark = "  <- pick"
		}
		fmt.Fprintf(&b, "%-7s %-6s %9d %7d %9s  %10s %10s  %s%s\n", t.Ring, t.Wait, t.Capacity, t.Stride, Size(t.Bytes), micros(t.P50), micros(t.P99), t.outcome(), mark)
	}
	fmt.Fprintf(&b, "\npick: %s ring of %d slots, stride %d, wait %s: %s\n", r.Pick.Ring, r.Pick.Capacity, r.Pick.Stride, r.Pick.Wait, r.bill(host))
	fmt.Fprintf(&b, "confirmed without the margin: %s; half its capacity: %s\n", r.Confirmed.runs(), r.Half.runs())
	fmt.Fprintf(&b, "\n%s", r.Literal())
	_, err := io.WriteString(w, b.String())
	return err
}

func (t Trial) outcome() string {
	switch {
	case t.Lossy == 0:
		return fmt.Sprintf("holds: %d samples, none lost of %d", t.Samples, t.Sent)
	case t.Holds():
		return fmt.Sprintf("holds: %d samples, 1 of them lost messages", t.Samples)
	}
	return fmt.Sprintf("loses in %d of %d samples, %.2g %% of all", t.Lossy, t.Samples, 100*float64(t.Lost)/float64(t.Sent))
}

func (t Trial) runs() string {
	if t.Samples == 0 {
		return "not run"
	}
	return fmt.Sprintf("%d of %d fresh runs without loss", t.Samples-t.Lossy, t.Samples)
}

// bill is what the pick takes, beside what there is.
func (r *Result) bill(host bench.Host) string {
	text := fmt.Sprintf("%s of a budget of %s", Size(r.Pick.Bytes), Size(r.Load.Budget))
	if host.Shm != "" {
		text += fmt.Sprintf("; /dev/shm has %s free", Size(host.ShmFree))
	}
	return text
}

// Literal is the Go to paste.
func (r *Result) Literal() string {
	topology, note := "fleet.Shared", ""
	if r.Pick.Ring == bench.Lane {
		topology = "fleet.Lane"
		note = fmt.Sprintf(" // a lane for each member of the fleet: %s are for %d", Size(r.Pick.Bytes), r.Load.Writers)
	}
	wait := map[bench.Wait]string{bench.Auto: "Auto", bench.Spin: "Spin", bench.Yield: "Yield", bench.Park: "Park"}[r.Pick.Wait]
	return fmt.Sprintf("fleet.Spec{Topology: %s, Capacity: %d, Payload: %d, Stride: %d}%s\ncursor.SetWait(ring.%s)\n",
		topology, r.Pick.Capacity, r.Load.Payload, r.Pick.Stride, note, wait)
}

func micros(ns float64) string {
	return time.Duration(ns).Round(10 * time.Nanosecond).String()
}
