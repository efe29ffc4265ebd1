package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orbitring/orbit/bench/gate"
	"github.com/orbitring/orbit/bench/tune"
)

// asCommand in its environment makes this test binary an orbitbench.
const asCommand = "ORBIT_TEST_AS_COMMAND"

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(asCommand, "1")
	return path
}

func TestBadUsageOfComparingTuningAndReportingIsOneLineAndExitsTwo(t *testing.T) {
	me := self(t)
	occupied, broken := t.TempDir(), t.TempDir()
	for path, text := range map[string]string{
		filepath.Join(occupied, "keep"): "mine", filepath.Join(broken, "manifest.json"): `{"format":1,`, filepath.Join(broken, "bench.txt"): "goos: linux\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	page := filepath.Join(t.TempDir(), "report.html")
	for _, c := range []struct {
		want string
		args []string
	}{
		{"<new>", []string{"ab", me}},
		{"nothing-there", []string{"ab", me, "./nothing-there"}},
		{"permission denied", []string{"ab", me, filepath.Join(occupied, "keep")}},
		{"-rounds 1", []string{"ab", me, me, "-rounds", "1"}},
		{"-rounds", []string{"ab", me, me, "-rounds", "many"}},
		{"-threshold", []string{"ab", me, me, "-threshold", "-5"}},
		{"-within", []string{"ab", me, me, "-within", "soon"}},
		{"waltz", []string{"ab", me, me, "-mode", "waltz"}},
		{"-format bench", []string{"ab", me, me, "-format", "bench"}},
		{"not empty", []string{"ab", me, me, "-o", occupied}},
		{"-nonsense", []string{"ab", me, me, "-nonsense"}},
		{"-- between", []string{"compare", broken, broken}},
		{"-- between", []string{"compare", broken, "--"}},
		{"no such file", []string{"compare", "./nothing-there", "--", broken}},
		{"no benchmark result", []string{"compare", broken, "--", broken}},
		{"-threshold", []string{"compare", "-threshold", "x", broken, "--", broken}},
		{"-rate", []string{"tune", "-rate", "0"}},
		{"budget", []string{"tune", "-budget", "lots"}},
		{"over the budget", []string{"tune", "-rate", "1e8", "-stall", "1s"}},
		{"-readers", []string{"tune", "-readers", "0"}},
		{"margin", []string{"tune", "-margin", "0.5"}},
		{"payload", []string{"tune", "-payload", "3"}},
		{"waltz", []string{"tune", "-wait", "waltz"}},
		{"nothing to search", []string{"tune", "-ring", "none"}},
		{"not empty", []string{"tune", "-o", occupied}},
		{"no manifest.json", []string{"report", occupied, "-o", page}},
		{"no benchmark result", []string{"report", broken, "-o", page}},
		{"no such file", []string{"report", "./nothing-there", "-o", page}},
		{"<dirs>", []string{"report", "-o", page}},
	} {
		code, stdout, stderr := call(c.args...)
		if code != exitUsage || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: exit %d, stdout %q, stderr %q, want a line with %q", c.args, code, stdout, stderr, c.want)
		}
	}
	if _, err := os.Stat(page); err == nil {
		t.Error("a page was written")
	}
}

func TestBuildsInTurnRecordedRunsAndTheirPage(t *testing.T) {
	me := self(t)
	root := t.TempDir()
	dir := func(name string) string { return filepath.Join(root, name) }
	code, stdout, stderr := call("ab", me, me, "-mode", "stream", "-ring", "lane", "-payload", "8", "-capacity", "64",
		"-count", "1", "-duration", "2ms", "-rounds", "3", "-o", dir("ab"))
	// Three rounds cannot tell anything.
	if code != exitCannotTell || !strings.Contains(stdout, "cannot tell") || !strings.Contains(stdout, "rounds in turn") {
		t.Fatalf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	for _, name := range []string{"old.txt", "new.txt", gate.RecordFile} {
		if info, err := os.Stat(filepath.Join(dir("ab"), name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"old", "new"} {
		if code, _, stderr := call(append([]string{"run", "-o", dir(name)}, small...)...); code != exitDone {
			t.Fatalf("exit %d\n%s", code, stderr)
		}
	}
	code, stdout, stderr = call("compare", dir("old"), "--", dir("new"))
	if code != exitCannotTell || !strings.Contains(stdout, "x-floor") || !strings.Contains(stdout, "not measured in turn") {
		t.Errorf("one sample a row: exit %d\n%s\n%s", code, stdout, stderr)
	}
	page := dir("report.html")
	if code, _, stderr := call("report", dir("ab"), dir("old"), "-o", page); code != exitDone {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	text, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(text), "cannot tell") || !strings.Contains(string(text), "<svg") {
		t.Errorf("%v\n%.2000s", err, text)
	}
}

func TestTuneFindsARingThatHolds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tune")
	code, stdout, stderr := call("tune", "-payload", "8", "-rate", "2e3", "-stall", "5ms", "-wait", "park", "-runs", "1", "-o", dir)
	if code == exitUsage && strings.Contains(stderr, "does not make this load") {
		t.Skip("this host is too busy to send 2000 messages a second in time: ", stderr)
	}
	if code != exitDone {
		t.Fatalf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	for _, want := range []string{"<- pick", "fleet.Spec{Topology: fleet.Lane, Capacity: ", "cursor.SetWait(ring.Park)", "of a budget of 64 MiB"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the answer lacks %q:\n%s", want, stdout)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, tune.RecordFile))
	if err != nil {
		t.Fatal(err)
	}
	var r tune.Result
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	// 2000 a second for 7.5 ms do not fit into 8 slots.
	if r.Pick.Capacity < 16 || r.Confirmed.Lossy > 0 || r.Confirmed.Samples < 1 {
		t.Errorf("%+v", r)
	}
	for _, trial := range r.Trials {
		if trial.LongStall == 0 || trial.Sent == 0 {
			t.Errorf("no reader slept, or nothing was sent: %+v", trial)
		}
	}
	if svg, err := os.ReadFile(filepath.Join(dir, "frontier.svg")); err != nil || !strings.HasPrefix(string(svg), "<svg") {
		t.Errorf("no picture: %v", err)
	}
}
