package bench

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Every mode over every transport that has it, shortly.
func TestTimedAndLossyModesDeliverAndRecord(t *testing.T) {
	if !canWake {
		t.Skip("wake needs Linux")
	}
	p := NewPlan("quick", Selection{
		Modes: []Mode{Rate, Wake, Lossy}, Topologies: []Topology{{1, 1}, {1, 2}}, Payloads: []int{32},
		Peers: Peers, Rates: []float64{2e4}, Bursts: []uint64{4}, Waits: []Wait{Auto},
		Duration: 5 * time.Millisecond, Count: 1,
	})
	p.Pin.Auto = true
	p.Repeats, p.Spare = 20, 10*time.Second // other tests have the processors too
	report, err := Run(context.Background(), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	if report.Clock.Apart <= 0 || report.Clock.Apart > 1e6 {
		t.Errorf("clocks are within %v ns of each other", report.Clock.Apart)
	}
	for _, row := range report.Rows {
		switch {
		case strings.Contains(row.Fail, "rate") || strings.Contains(row.Fail, "asleep"):
			t.Log(row.Spec, row.Fail) // the host's doing, and told as such
			continue
		case row.Fail != "":
			t.Errorf("%v: %s", row.Spec, row.Fail)
			continue
		case row.Spec.Transport == Floor:
			continue
		case row.Spec.Mode == Lossy:
			c := row.Counts
			if c.Delivered+c.Missing != row.Sent*uint64(row.Spec.Topology.Consumers) || row.Nanos <= 0 {
				t.Errorf("%v: %d sent, %+v, %v ns", row.Spec, row.Sent, c, row.Nanos)
			}
			continue
		}
		n := int64(row.Counts.Delivered - row.Warm*uint64(row.Spec.Topology.Consumers))
		if row.Latency.Count() != n || n <= 0 {
			t.Errorf("%v: %d latencies of %d messages", row.Spec, row.Latency.Count(), n)
		}
		if row.Spec.Mode == Rate && row.Lag.Count() != int64(row.Sent-row.Warm) {
			t.Errorf("%v: %d lags of %d messages", row.Spec, row.Lag.Count(), row.Sent-row.Warm)
		}
		if last := row.Latency.Quantile(1); row.Latency.Quantile(0.5) > row.Latency.Quantile(0.99) || last <= 0 {
			t.Errorf("%v: median %v, p99 %v, max %v", row.Spec, row.Latency.Quantile(0.5), row.Latency.Quantile(0.99), last)
		}
	}
	checkTimedRecord(t, report)
}

func checkTimedRecord(t *testing.T, report *Report) {
	dir := filepath.Join(t.TempDir(), "record")
	if err := report.Save(dir, nil); err != nil {
		t.Fatal(err)
	}
	for _, row := range report.Rows {
		if row.Latency == nil {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, HistogramFile(row.Spec.Name())))
		if err != nil || !strings.Contains(string(b), "TotalCount") {
			t.Errorf("%v: %v, %.80q", row.Spec, err, b)
		}
	}
	var text, table bytes.Buffer
	if err := report.WriteBench(&text); err != nil {
		t.Fatal(err)
	}
	if err := report.WriteTable(&table, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"p50-ns/msg", "p99.9-ns/msg", "max-ns/msg", "lag-p99-ns/msg", "sent/s", "/wait=auto/rate=20000/burst=4/idle=0s"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("bench text lacks %s", want)
		}
	}
	for _, want := range []string{"p99.9", "lag p99", "posix mq", "unix seqpacket", "tcp loopback", "wake: ", "rate: ", "lossy: "} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q", want)
		}
	}
}

// Free-running producers of a small ring must lose frames, and say how many.
func TestLossyStreamLosesAndAccounts(t *testing.T) {
	s := Spec{Mode: Lossy, Topology: pair, Transport: Lane, Payload: 1024, Capacity: 2, Duration: 20 * time.Millisecond}
	report, err := Run(context.Background(), Plan{Rows: []Spec{s}, Count: 1, Pin: Pinning{Auto: true}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	row := report.Rows[0]
	if row.Fail != "" || row.Counts.Overwritten == 0 || row.Counts.Missing == 0 || row.Ratio <= 0 || row.Ratio >= 1 {
		t.Errorf("%s; %+v, ratio %v", row.Fail, row.Counts, row.Ratio)
	}
}

// A rate that no host makes is a failure with its reason, not a figure.
func TestRateThatCannotBeMadeFails(t *testing.T) {
	s := Spec{
		Mode: Rate, Topology: pair, Transport: Pipe, Payload: 4096, Capacity: 64, Rate: 1e8, Burst: 1,
		Duration: 20 * time.Millisecond,
	}
	report, err := Run(context.Background(), Plan{Rows: []Spec{s}, Count: 1, Pin: Pinning{Auto: true}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f := report.Rows[0].Fail; !strings.Contains(f, "missed its rate") {
		t.Errorf("100 M messages/s through a pipe: %q", f)
	}
}

func TestFloorsOfManyReadersAndWriters(t *testing.T) {
	floors, err := MeasureFloors(context.Background(), Pinning{Auto: true}, []Topology{pair, {1, 3}, {3, 1}, {2, 2}}, 4)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range floors {
		seen[f.Name] = f.N > 0 && f.Min > 0
	}
	for _, want := range []string{"stream", "stream 1x3", "stream 3x1", "stream 2x2", "pingpong", "pingpong over one word"} {
		if !seen[want] {
			t.Errorf("no floor %q in %v", want, floors)
		}
	}
}

func TestCopyRoutinesThatAreNotThereAreRefused(t *testing.T) {
	p := smallPlan()
	p.Rows, p.Copy = p.Rows[:2], "nonesuch"
	if _, err := Run(context.Background(), p, nil); err == nil {
		t.Error("rings ran with copy routines that nobody has")
	}
}

func TestRoomIsCheckedBeforeAnythingRuns(t *testing.T) {
	s := Spec{Mode: Stream, Topology: pair, Transport: Lane, Payload: 64, Capacity: 1 << 20, Duration: time.Second}
	p := Plan{Rows: []Spec{s}, Count: 1}
	if err := p.checkRoom(64 << 20); err == nil || !strings.Contains(err.Error(), "--shm-size") {
		t.Errorf("128 MiB fit into 64: %v", err)
	}
	if err := p.checkRoom(1 << 30); err != nil {
		t.Error(err)
	}
}
