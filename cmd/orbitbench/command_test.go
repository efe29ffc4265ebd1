package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"

	"github.com/orbitring/orbit/bench"
)

func TestMain(m *testing.M) {
	bench.MaybeWorker()
	if os.Getenv(asCommand) != "" {
		os.Exit(command(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// call runs a command line in this process.
func call(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = command(context.Background(), args, &out, &err)
	return code, out.String(), err.String()
}

// small narrows a run to what takes no time.
var small = []string{"-topology", "1x1", "-payload", "8", "-ring", "lane", "-peers", "pipe",
	"-count", "1", "-duration", "3ms", "-capacity", "64"}

func TestBadUsageIsOneLineAndExitsTwo(t *testing.T) {
	occupied := t.TempDir()
	if err := os.WriteFile(filepath.Join(occupied, "keep"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"-nonsense", []string{"-nonsense"}},
		{"-nonsense", []string{"run", "--nonsense=3"}},
		{"-nonsense", []string{"floor", "-nonsense"}},
		{"extra", []string{"extra"}},
		{"huge", []string{"-suite", "huge"}},
		{"xml", []string{"-format", "xml"}},
		{"waltz", []string{"-mode", "waltz"}},
		{"twice", []string{"-mode", "stream,stream"}},
		{"empty", []string{"-payload", "8,,64"}},
		{"1by1", []string{"-topology", "1by1"}},
		{"99x1", []string{"-topology", "99x1"}},
		{"1x1 only", []string{"-mode", "pingpong", "-topology", "1x2"}},
		{"mesh", []string{"-ring", "mesh"}},
		{"pigeon", []string{"-peers", "pigeon"}},
		{"no rows", []string{"-ring", "none", "-peers", "none"}},
		{"payload", []string{"-payload", "7"}},
		{"-1", []string{"-payload=-1"}},
		{"capacity is 3", []string{"-capacity", "3"}},
		{"capacity", []string{"-capacity", "0"}},
		{"99999999999999999999", []string{"-capacity", "99999999999999999999"}},
		{"stride is 65", []string{"-stride", "65"}},
		{"soon", []string{"-duration", "soon"}},
		{"-5s", []string{"-duration=-5s"}},
		{"count", []string{"-count", "0"}},
		{"pin", []string{"-pin", "everywhere"}},
		{"99999", []string{"-pin", "0,99999"}},
		{"one processor", []string{"-pin", "0"}},
		{"nonesuch", append([]string{"-copy", "nonesuch"}, small...)},
		{"/dev/shm", []string{"-capacity", "4294967296", "-peers", "none", "-mode", "stream"}},
		{"-substrate cache is not built yet", []string{"-substrate", "cache"}},
		{"dance", []string{"-wait", "dance"}},
		{"nobody would sleep", []string{"-mode", "wake", "-wait", "spin"}},
		{"one producer", []string{"-mode", "wake", "-topology", "2x1"}},
		{"always looks", []string{"-mode", "pingpong", "-wait", "spin"}},
		{"-rate 1e6 is of -mode rate", []string{"-rate", "1e6"}},
		{"-burst 4 is of -mode rate", []string{"-burst", "4"}},
		{"-idle 1ms is of -mode rate", []string{"-idle", "1ms", "-mode", "stream"}},
		{"-stall 1ms is of -mode rate", []string{"-stall", "1ms"}},
		{"fast", []string{"-mode", "rate", "-rate", "fast"}},
		{"-rate", []string{"-mode", "rate", "-rate", "0"}},
		{"-rate", []string{"-mode", "rate", "-rate", "NaN"}},
		{"2e9", []string{"-mode", "rate", "-rate", "2e9"}},
		{"burst", []string{"-mode", "rate", "-burst", "0"}},
		{"idle", []string{"-mode", "rate", "-idle=-1ms"}},
		{"stall is missing", []string{"-mode", "rate", "-every", "1s"}},
		{"must be longer", []string{"-mode", "rate", "-stall", "2s"}},
		{"longer duration", []string{"-mode", "rate", "-rate", "1"}},
		{"not empty", []string{"-o", occupied}},
	} {
		code, stdout, stderr := call(c.args...)
		if code != exitUsage || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: exit %d, stdout %q, stderr %q, want a line with %q", c.args, code, stdout, stderr, c.want)
		}
	}
	if left, _ := os.ReadDir(occupied); len(left) != 1 {
		t.Errorf("an occupied directory was changed: %v", left)
	}
}

func TestRunPrintsATableAndRecords(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "record")
	code, stdout, stderr := call(append([]string{"run", "-o", dir}, small...)...)
	if code != exitDone {
		t.Fatalf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	for _, want := range []string{"cpu ", "clock ", "floor ", "x-floor", "orbit lane", "pipe", "stream", "pingpong"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the table lacks %q:\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "\x1b") {
		t.Error("colour without a terminal")
	}
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m bench.Manifest
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Command) != len(small)+4 || m.Command[0] != "orbitbench" || m.Host.Go == "" || len(m.Floors) == 0 || m.Clock.Source == "" {
		t.Errorf("the manifest lacks facts: %+v", m)
	}
	code, _, stderr = call(append([]string{"run", "-o", dir}, small...)...)
	if code != exitUsage {
		t.Errorf("a record is overwritten: exit %d, %s", code, stderr)
	}
}

func TestOtherFormats(t *testing.T) {
	code, stdout, stderr := call(append([]string{"-format", "bench"}, small...)...)
	if code != exitDone {
		t.Fatal(code, stderr)
	}
	n := 0
	for in := benchfmt.NewReader(strings.NewReader(stdout), "stdout"); in.Scan(); {
		switch rec := in.Result().(type) {
		case *benchfmt.SyntaxError:
			t.Error(rec)
		case *benchfmt.Result:
			n++
		}
	}
	if n != 7 {
		t.Errorf("%d results, want floor, ring and pipe in two modes, and the ring by 8:\n%s", n, stdout)
	}
	code, stdout, stderr = call(append([]string{"--format=json"}, small...)...)
	if code != exitDone || json.Unmarshal([]byte(stdout), new(bench.Manifest)) != nil {
		t.Errorf("exit %d, %s\n%s", code, stdout, stderr)
	}
}

func TestInterruptExits130AndRecordsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := filepath.Join(t.TempDir(), "record")
	var out, err bytes.Buffer
	if code := command(ctx, append([]string{"-o", dir}, small...), &out, &err); code != exitInterrupted {
		t.Fatalf("exit %d\n%s", code, err.String())
	}
	if !strings.Contains(out.String(), "interrupted") {
		t.Errorf("the table does not say that it is a part:\n%s", out.String())
	}
	if _, e := os.Stat(dir); e == nil {
		t.Error("a part of a run was recorded")
	}
}

func TestEnvAndFloor(t *testing.T) {
	if code, stdout, stderr := call("env"); code != exitDone || !strings.Contains(stdout, "cpu") {
		t.Errorf("env: exit %d, %q, %q", code, stdout, stderr)
	}
	if code, stdout, stderr := call("floor", "-count", "4"); code != exitDone || !strings.Contains(stdout, "pingpong over one word") {
		t.Errorf("floor: exit %d, %q, %q", code, stdout, stderr)
	}
}

func parseRun(args []string) (*runCmd, error) {
	var c commands
	_, err := parse(&c, &session{args: args, stdout: io.Discard, stderr: io.Discard})
	return &c.Run, err
}

func TestHelpShowsExamplesThatParse(t *testing.T) {
	code, stdout, _ := call("-h")
	if code != exitDone {
		t.Fatal(code)
	}
	n := 0
	for line := range strings.SplitSeq(about, "\n") {
		if strings.HasPrefix(line, "  orbitbench") {
			fields := strings.Fields(strings.SplitN(strings.TrimSpace(line), "   ", 2)[0])
			n++
			if fields = fields[1:]; len(fields) > 0 && (fields[0] == "env" || fields[0] == "floor") {
				continue // TestEnvAndFloor
			}
			c, err := parseRun(fields)
			if err == nil && (len(fields) == 0 || fields[0] == "run" || fields[0][0] == '-') { // of other verbs there is no plan
				_, err = c.plan()
			}
			if err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
	if n < 5 || !strings.Contains(stdout, "orbitbench -mode pingpong") {
		t.Errorf("%d examples; help:\n%s", n, stdout)
	}
	if code, stdout, _ := call("run", "-h"); code != exitDone || !strings.Contains(stdout, "topology") {
		t.Errorf("run -h: exit %d\n%s", code, stdout)
	}
}
