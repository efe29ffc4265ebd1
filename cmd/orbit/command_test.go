package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestMain(m *testing.M) { fleettest.Main(m, roles) }

var roles = map[string]fleettest.Role{}

var must = fleettest.Must

// call runs a command line in this process.
func call(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = command(context.Background(), args, &out, &err)
	return code, out.String(), err.String()
}

// shop is a fleet in a directory of its own, with one event.
func shop(t *testing.T) (dir string, f *fleet.Fleet) {
	t.Helper()
	if !fleettest.Shareable() {
		t.Skip("this build cannot share segments")
	}
	dir = t.TempDir()
	f, err := fleet.JoinShared("shop", fleet.Options{Size: 2, Dir: dir})
	must(t, err)
	t.Cleanup(func() { must(t, f.Close()) })
	bus, err := event.Open(f, event.Options{Capacity: 16})
	must(t, err)
	_, err = bus.Publish("orders", []byte("paid 17"))
	must(t, err)
	_, err = bus.Publish("odd\x1b[2J", []byte("\x1b]0;evil\a"))
	must(t, err)
	return dir, f
}

// verbs are one working command line each.
func verbs(dir, out string) map[string][]string {
	return map[string][]string{
		"ls":     {"ls", "-dir", dir},
		"stat":   {"stat", "-dir", dir, "-interval", "1ms", "shop", "event"},
		"top":    {"top", "-dir", dir, "-once", "-interval", "10ms"},
		"tail":   {"tail", "-dir", dir, "-once", "shop", "220"},
		"dump":   {"dump", "-dir", dir, "-o", out, "shop", "event"},
		"gc":     {"gc", "-dir", dir},
		"doctor": {"doctor", "-dir", dir, "-interval", "1ms"},
	}
}

// fine tells whether a verb did well. The doctor may find something about this
// host, but nothing about the shop.
func fine(verb string, code int, stdout string) bool {
	if verb == "doctor" && code == exitSick {
		return !strings.Contains(stdout, "orbit-shop")
	}
	return code == exitDone
}

func TestEveryVerbWorksAndPrintsNothingThatATerminalObeys(t *testing.T) {
	dir, _ := shop(t)
	says := map[string][]string{
		"ls":   {"FLEET", "shop", "220 event", "255 roll", "shared 1×16"},
		"stat": {"kind 220 event", "HEAD", "mode 0600", "instance 0x"},
		"top":  {"RATE/s", "1 fleet, 2 rings, 1 member", "NODE"},
		"tail": {"220:0:0", "orders: paid 17", `"odd\x1b[2J"`},
		"dump": {"1 live nodes"},
		"gc":   {"kept", "live nodes 0"},
	}
	for verb, args := range verbs(dir, filepath.Join(t.TempDir(), "dump")) {
		code, stdout, stderr := call(args...)
		if !fine(verb, code, stdout) || stderr != "" {
			t.Errorf("%s: exit %d, %s, %s", verb, code, stdout, stderr)
		}
		for _, want := range says[verb] {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s does not say %q:\n%s", verb, want, stdout)
			}
		}
		if strings.ContainsAny(stdout, "\x1b\a") {
			t.Errorf("%s: control characters in %q", verb, stdout)
		}
	}
}

func TestEveryVerbHasJSONWithASchema(t *testing.T) {
	dir, _ := shop(t)
	for verb, args := range verbs(dir, filepath.Join(t.TempDir(), "dump")) {
		code, stdout, stderr := call(append(args, "-json")...)
		d := json.NewDecoder(strings.NewReader(stdout))
		n := 0
		for ; d.More(); n++ {
			var value any
			if err := d.Decode(&value); err != nil {
				t.Fatalf("%s: %v in %s", verb, err, stdout)
			}
			if list, ok := value.([]any); ok { // stat may be asked for a whole fleet
				value = list[0]
			}
			if schema := value.(map[string]any)["schema"]; schema != 1.0 {
				t.Errorf("%s: schema %v", verb, schema)
			}
		}
		if !fine(verb, code, stdout) || stderr != "" || n == 0 {
			t.Errorf("%s: exit %d, %d values, %s", verb, code, n, stderr)
		}
	}
}

func TestBadUsageIsOneLineAndExitsTwo(t *testing.T) {
	dir, _ := shop(t)
	file := filepath.Join(dir, "a file")
	must(t, os.WriteFile(file, nil, 0o600))
	for want, args := range map[string][]string{
		"-nonsense":               {"ls", "-nonsense"},
		"unexpected":              {"ls", "a", "b"},
		"-uid":                    {"ls", "-uid", "root"},
		"no directory":            {"ls", "-dir", file},
		"ring":                    {"stat"},
		"3 arguments":             {"stat", "a", "1", "2"},
		"not 1 to 255":            {"stat", "-dir", dir, "shop", "events"},
		"wants one ring":          {"tail", "-dir", dir, "shop"},
		"has 2":                   {"dump", "-dir", dir, "-o", filepath.Join(dir, "x"), "shop"},
		"-output":                 {"dump", "-dir", dir, "shop", "220"},
		"-interval":               {"top", "-interval", "0s"},
		"-interval fast":          {"stat", "-dir", dir, "-interval", "fast", "shop"},
		"-older":                  {"gc", "-older", "-1h"},
		"neither can be negative": {"tail", "-dir", dir, "-bytes=-1", "shop", "220"},
	} {
		code, stdout, stderr := call(args...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit %d, %q, %q, want %q", args, code, stdout, stderr, want)
		}
	}
	if code, stdout, _ := call("-h"); code != exitDone || !strings.Contains(stdout, "Exit codes") {
		t.Errorf("-h: exit %d", code)
	}
}

func TestWhatCannotBeDoneIsOneLineAndExitsOne(t *testing.T) {
	dir, _ := shop(t)
	taken := filepath.Join(dir, "taken")
	must(t, os.WriteFile(taken, []byte("mine"), 0o600))
	for want, args := range map[string][]string{
		"no such file":             {"ls", "-dir", dir + "/missing"},
		"shop 220":                 {"stat", "-dir", dir, "shop", "7"},
		"there are: fleet shop":    {"tail", "-dir", dir, "stop", "7"},
		`contains '\x1b'`:          {"stat", "-dir", dir, "a\x1bb"},
		`contains "..\"`[:9]:       {"ls", "-dir", dir, "a..b"},
		"not a dump":               {"stat", taken},
		"no such file or":          {"tail", dir + "/nothing"},
		"exists":                   {"dump", "-dir", dir, "-o", taken, "shop", "220"},
		"no such ring: fleet shop": {"stat", "-dir", dir, "-uid", "4711", "shop"},
	} {
		code, stdout, stderr := call(args...)
		if code != exitFailed || stdout != "" || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 || strings.ContainsRune(stderr, '\x1b') {
			t.Errorf("%v: exit %d, %q, %q, want %q", args, code, stdout, stderr, want)
		}
	}
	if text, err := os.ReadFile(taken); err != nil || string(text) != "mine" {
		t.Errorf("a file that exists was changed to %q (%v)", text, err)
	}
}

func TestTheDoctorExitsThreeWhenSomethingNeedsAttention(t *testing.T) {
	dir, _ := shop(t)
	must(t, os.WriteFile(filepath.Join(dir, "orbit-shop-9-0"), []byte("noise"), 0o600))
	code, stdout, stderr := call("doctor", "-dir", dir, "-interval", "1ms")
	if code != exitSick || !strings.Contains(stdout, "remedy") || stderr != "" {
		t.Errorf("exit %d, %s, %s", code, stdout, stderr)
	}
}

func TestAnEmptyDirectoryAndForeignObjectsAreListedCalmly(t *testing.T) {
	if !fleettest.Shareable() {
		t.Skip("this build cannot share segments")
	}
	dir := t.TempDir()
	if code, stdout, stderr := call("-dir", dir); code != exitDone || stdout != "" || !strings.Contains(stderr, "no segments in "+dir) {
		t.Errorf("empty: exit %d, %q, %q", code, stdout, stderr)
	}
	must(t, os.Mkdir(filepath.Join(dir, "orbit-a-1-0"), 0o700))
	must(t, os.Symlink("/dev/null", filepath.Join(dir, "orbit-b-1-0")))
	must(t, os.WriteFile(filepath.Join(dir, "orbit-\x1b[31mred\n-1-0"), nil, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "orbit-c-1-0"), nil, 0o600|fs.FileMode(0o077)))
	must(t, os.Chmod(filepath.Join(dir, "orbit-c-1-0"), 0o677))
	for _, verb := range []string{"ls", "top", "gc", "doctor"} {
		args := []string{verb, "-dir", dir}
		if verb == "top" {
			args = append(args, "-once", "-interval", "10ms")
		}
		code, stdout, stderr := call(args...)
		if verb == "doctor" && code != exitSick || verb != "doctor" && code != exitDone || stderr != "" || strings.ContainsRune(stdout, '\x1b') {
			t.Errorf("%s: exit %d, %q, %q", verb, code, stdout, stderr)
		}
	}
}

func TestTopAndTailEndQuietlyWhenInterrupted(t *testing.T) {
	dir, _ := shop(t)
	for _, args := range [][]string{{"top", "-dir", dir, "-interval", "10ms"}, {"tail", "-dir", dir, "shop", "220"}} {
		ctx, stop := context.WithCancel(t.Context())
		w := &stopAfter{lines: 2, stop: stop}
		var stderr bytes.Buffer
		if code := command(ctx, args, w, &stderr); code != exitDone || stderr.Len() > 0 {
			t.Errorf("%v: exit %d, %s", args, code, stderr.String())
		}
		if w.lines > 0 {
			t.Errorf("%v ended by itself", args)
		}
		stop()
	}
}

// stopAfter interrupts the command when it has written so many lines.
type stopAfter struct {
	lines int
	stop  func()
}

func (w *stopAfter) Write(b []byte) (int, error) {
	if w.lines -= bytes.Count(b, []byte("\n")); w.lines <= 0 {
		w.stop()
	}
	return len(b), nil
}

func TestFiguresAreShort(t *testing.T) {
	for want, got := range map[string]string{
		"0 B": size(0), "1023 B": size(1023), "1 KiB": size(1024), "64 MiB": size(64 << 20), "1.50 GiB": size(3 << 29),
		"0": count(0), "9999": count(9999), "10 k": count(10_000), "123 M": count(123.4e6),
		"0.5": rate(0.5), "0 ns": span(0), "1.50 µs": span(1500), "59 s": span(59 * time.Second), "1m01s": span(61 * time.Second),
		"3h00m": span(3 * time.Hour), "9d": span(9 * 24 * time.Hour), "…": cut("abc", 1), "ab…": cut("abcd", 3), "abc": cut("abc", 0),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := count(1 << 63); !strings.HasPrefix(got, "9.2") {
		t.Errorf("%q", got)
	}
}
