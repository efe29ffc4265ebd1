package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/perf/benchfmt"
)

// smallPlan measures every transport in every topology, shortly.
func smallPlan() Plan {
	p := NewPlan("quick", Selection{Payloads: []int{8, 72}, Duration: 5 * time.Millisecond, Count: 1, Capacity: 64})
	p.Pin.Auto = true
	p.Repeats = 0
	return p
}

// children are the living processes whose parent this one is.
func children(t *testing.T) []string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	var all []string
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // gone meanwhile
		}
		_, rest, _ := strings.Cut(string(b), ") ")
		if f := strings.Fields(rest); len(f) > 1 && f[1] == strconv.Itoa(os.Getpid()) {
			all = append(all, path)
		}
	}
	return all
}

func descriptors(t *testing.T) int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("needs /proc")
	}
	return len(fds)
}

func TestEveryTransportDeliversInEveryTopologyAndLeavesNothing(t *testing.T) {
	before := children(t)
	p := smallPlan()
	if _, err := Run(context.Background(), Plan{Rows: p.Rows[:2], Count: 1, Pin: p.Pin}, nil); err != nil {
		t.Fatal(err) // once before, for what the runtime opens only once
	}
	fds := descriptors(t)
	report, err := Run(context.Background(), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range report.Rows {
		t.Run(row.Spec.Name(), func(t *testing.T) {
			if row.Fail != "" {
				t.Fatal(row.Fail)
			}
			receivers := uint64(row.Spec.Topology.Consumers)
			if row.Spec.Mode == PingPong && row.Spec.Transport != Floor {
				receivers = 2
			}
			c := row.Counts
			if row.Sent == 0 || c.Delivered+c.Missing != row.Sent*receivers {
				t.Errorf("%d sent to %d, %+v", row.Sent, receivers, c)
			}
			// A writer of a shared ring that is preempted for longer than the
			// stall limit loses its frame, and the ring says so; nothing else
			// may lose anything.
			if c.Missing > 0 && (row.Spec.Transport != Shared || row.Spec.Topology.Producers == 1) {
				t.Errorf("a closed loop lost frames: %+v", c)
			}
			if row.Nanos <= 0 || row.XFloor <= 0 {
				t.Errorf("%v ns/op, x-floor %v", row.Nanos, row.XFloor)
			}
		})
	}
	if now := children(t); len(now) > len(before) {
		t.Errorf("children left: %v", now)
	}
	if now := descriptors(t); now > fds {
		t.Errorf("%d descriptors before, %d after", fds, now)
	}
	if names := ownNames(t); len(names) > 0 {
		t.Errorf("left in /dev/shm: %v", names)
	}
	t.Run("record", func(t *testing.T) { checkRecord(t, report) })
	t.Run("table", func(t *testing.T) { checkTable(t, report) })
}

// ownNames are names in /dev/shm that could be this engine's. What it creates
// never has one, so there must be none.
func ownNames(t *testing.T) []string {
	t.Helper()
	names, _ := filepath.Glob("/dev/shm/*orbit-bench*")
	return names
}

func checkRecord(t *testing.T, report *Report) {
	dir := filepath.Join(t.TempDir(), "some", "record")
	if err := report.Save(dir, []string{"orbitbench"}); err != nil {
		t.Fatal(err)
	}
	if err := report.Save(dir, nil); err == nil {
		t.Error("a record was overwritten")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), ".*")); len(left) > 0 {
		t.Errorf("drafts left: %v", left)
	}
	f, err := os.Open(filepath.Join(dir, BenchFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := benchfmt.NewReader(f, BenchFile)
	var names []string
	for in.Scan() {
		switch rec := in.Result().(type) {
		case *benchfmt.SyntaxError:
			t.Fatal(rec)
		case *benchfmt.Result:
			names = append(names, string(rec.Name))
			var keys []string
			for _, c := range rec.Config {
				if c.File {
					keys = append(keys, c.Key)
				}
			}
			if want := []string{"goos", "goarch", "pkg"}; !slices.Equal(keys, want) {
				t.Fatalf("file keys %v, want %v and no more: others split benchstat's tables", keys, want)
			}
			for _, unit := range []string{"sec/op", "x-floor", "msgs/s", "delivered/msg"} {
				if v, ok := rec.Value(unit); !ok || v <= 0 {
					t.Errorf("%s: %s is %v, %v", rec.Name, unit, v, ok)
				}
			}
		}
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	if len(names) != len(report.Rows) {
		t.Errorf("%d results of %d rows with a sample each", len(names), len(report.Rows))
	}
	const want = "Orbit/mode=stream/topology=1x1/ring=lane/payload=8/capacity=64/stride=64"
	if !slices.Contains(names, want) {
		t.Errorf("no result is named %s", want)
	}
	if in.Units().GetBetter("x-floor") != -1 {
		t.Error("the file does not say that a lower x-floor is better")
	}
}

func checkTable(t *testing.T, report *Report) {
	var plain, painted bytes.Buffer
	if err := report.WriteTable(&plain, false); err != nil {
		t.Fatal(err)
	}
	if err := report.WriteTable(&painted, true); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(painted.String(), "\x1b") {
		t.Error("colour is where it should not be, or is not where it should be")
	}
	for _, want := range []string{"orbit lane", "orbit shared", "pipe", "unix socket", "channel(in-process)", "floor",
		"x-floor", "overwritten", "unavailable", "oversubscribed", "orbit lane against pipe"} {
		if !strings.Contains(plain.String(), want) {
			t.Errorf("the table lacks %q", want)
		}
	}
}

func TestFailedRowHasNoFigure(t *testing.T) {
	s := Spec{Mode: Stream, Topology: Topology{1, 1}, Transport: Lane, Payload: 8, Capacity: 64}
	r := &Report{Rows: []Row{newRow(s, []Sample{{Nanos: 5}, {Fail: "FAIL: 1 corrupt or torn messages"}}, nil)}}
	var text, record bytes.Buffer
	if err := r.WriteTable(&text, false); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteBench(&record); err != nil {
		t.Fatal(err)
	}
	if !r.Failed() || !strings.Contains(text.String(), "1 corrupt") || strings.Contains(record.String(), "Benchmark") {
		t.Fatalf("failed %v\n%s\n%s", r.Failed(), text.String(), record.String())
	}
}

func TestInterruptedRunReturnsWhatItHasAndLeavesNothing(t *testing.T) {
	before := children(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p := smallPlan()
	p.Count = 1000
	done := 0
	report, err := Run(ctx, p, func(Progress) {
		if done++; done == 3 {
			time.AfterFunc(2*time.Millisecond, cancel) // in the middle of a sample
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if !report.Interrupted || len(report.Rows) < 3 || len(report.Rows) == len(p.Rows) {
		t.Errorf("interrupted %v, %d rows", report.Interrupted, len(report.Rows))
	}
	if now := children(t); len(now) > len(before) {
		t.Errorf("children left: %v", now)
	}
}

func TestSpecsThatCannotBeAreRefused(t *testing.T) {
	good := Spec{Mode: Stream, Topology: Topology{1, 1}, Transport: Lane, Payload: 8, Capacity: 64, Duration: time.Second}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Spec){
		"payload too small":     func(s *Spec) { s.Payload = 7 },
		"payload too large":     func(s *Spec) { s.Payload = maxPayload + 1 },
		"odd capacity":          func(s *Spec) { s.Capacity = 3 },
		"stride too small":      func(s *Spec) { s.Payload, s.Stride = 100, 64 },
		"unknown mode":          func(s *Spec) { s.Mode = "wake" },
		"unknown transport":     func(s *Spec) { s.Transport = "pigeon" },
		"ping-pong of three":    func(s *Spec) { s.Mode, s.Topology = PingPong, Topology{1, 2} },
		"no time":               func(s *Spec) { s.Duration = 0 },
		"pipe that would tear":  func(s *Spec) { s.Transport, s.Topology, s.Payload = Pipe, Topology{2, 1}, 5000 },
		"channel without limit": func(s *Spec) { s.Transport, s.Capacity = Channel, 1<<40 },
	} {
		s := good
		change(&s)
		if s.Check() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestCreditStaysWithinHalfTheRing(t *testing.T) {
	for _, capacity := range []uint64{2, 4, 8, 64, 1024, 1 << 20} {
		for producers := 1; producers <= 4; producers++ {
			for _, transport := range rings {
				s := Spec{Transport: transport, Capacity: capacity, Topology: Topology{producers, 1}}
				window, every := s.credit()
				all := window
				if transport == Shared {
					all *= uint64(producers)
				}
				if window < 1 || every < 1 || every > 64 || every > window {
					t.Errorf("%v of %d with %d producers: window %d, every %d", transport, capacity, producers, window, every)
				}
				if all > max(capacity/2, uint64(producers)) {
					t.Errorf("%v of %d with %d producers: %d in flight", transport, capacity, producers, all)
				}
			}
		}
	}
}

func TestTopologyText(t *testing.T) {
	for _, good := range []string{"1x1", "1x2", "16x16"} {
		var topology Topology
		if err := topology.UnmarshalText([]byte(good)); err != nil || topology.String() != good {
			t.Errorf("%s: %v, %v", good, topology, err)
		}
	}
	for _, bad := range []string{"", "1", "x", "0x1", "1x0", "17x1", "1x1x1", "ax1", "-1x1"} {
		if err := new(Topology).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func ExampleSpec_Name() {
	fmt.Println(Spec{Mode: Stream, Topology: Topology{1, 2}, Transport: Lane, Payload: 256, Capacity: 1024}.Name())
	fmt.Println(Spec{Mode: PingPong, Topology: Topology{1, 1}, Transport: Pipe, Payload: 32}.Name())
	// Output:
	// Orbit/mode=stream/topology=1x2/ring=lane/payload=256/capacity=1024/stride=320
	// Peer/peer=pipe/mode=pingpong/topology=1x1/payload=32
}
