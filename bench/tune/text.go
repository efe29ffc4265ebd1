package tune

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/orbitring/orbit/bench"
	"github.com/orbitring/orbit/bench/chart"
)

// Write writes the result for people: the frontier, the pick and how sure it
// is, the memory, and what to paste.
func (r *Result) Write(w io.Writer, host bench.Host) error {
	var b strings.Builder
	l := r.Load
	fmt.Fprintf(&b, "load: %d B × %g/s from %d writers to %d readers, bursts of %d, readers that sleep %v; searched with %g × the stall and burst\n\n",
		l.Payload, l.Rate, l.Writers, l.Readers, l.Burst, l.Stall, l.Margin)
	const columns = "%-7s %-6s %9s %7s %9s  %10s %10s  %s%s\n"
	line := func(cells []string, mark string) {
		args := make([]any, 0, len(cells)+1)
		for _, c := range cells {
			args = append(args, c)
		}
		fmt.Fprintf(&b, columns, append(args, mark)...)
	}
	line(Head, "")
	for _, t := range r.Trials {
		mark := ""
		if t.Shape == r.Pick.Shape {
			mark = "  <- pick"
		}
		line(t.Cells(), mark)
	}
	fmt.Fprintf(&b, "\n%s\n\n%s", r.Summary(host), r.Literal())
	_, err := io.WriteString(w, b.String())
	return err
}

// Head are the titles of the table's columns.
var Head = []string{"ring", "wait", "capacity", "stride", "memory", "p50", "p99", "with the margin"}

// Cells are a trial's columns.
func (t Trial) Cells() []string {
	return []string{string(t.Ring), string(t.Wait), fmt.Sprint(t.Capacity), fmt.Sprint(t.Stride), Size(t.Bytes), micros(t.P50), micros(t.P99), t.outcome()}
}

// Summary is the pick, what it takes, and how sure it is.
func (r *Result) Summary(host bench.Host) string {
	return fmt.Sprintf("pick: %s ring of %d slots, stride %d, wait %s: %s\nconfirmed without the margin: %s; half its capacity: %s%s",
		r.Pick.Ring, r.Pick.Capacity, r.Pick.Stride, r.Pick.Wait, r.bill(host), r.Confirmed.runs(), r.Half.runs(), r.rejected())
}

// rejected names the picks that did not hold in fresh runs.
func (r *Result) rejected() string {
	var b strings.Builder
	for _, t := range r.Rejected {
		fmt.Fprintf(&b, "\nrejected: %d slots held the search, and then %s", t.Capacity, t.runs())
	}
	return b.String()
}

// Picture draws what was tried.
func (r *Result) Picture() (string, error) {
	var tries []chart.Try
	for _, t := range r.Trials {
		tries = append(tries, chart.Try{
			Series: fmt.Sprintf("%s, wait %s", t.Ring, t.Wait), Bytes: float64(t.Bytes), Nanos: t.P50,
			Loses: !t.Holds(), Pick: t.Shape == r.Pick.Shape,
		})
	}
	title := fmt.Sprintf("%d B at %g/s, %d to %d, readers away for %v", r.Load.Payload, r.Load.Rate, r.Load.Writers, r.Load.Readers, r.Load.Stall)
	return chart.Frontier(title, tries)
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
	text := fmt.Sprintf("%d of %d fresh runs without loss", t.Samples-t.Lossy, t.Samples)
	if t.Harder > 0 {
		text += fmt.Sprintf(" (%d more repeated: the host made them harder)", t.Harder)
	}
	return text
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
