package gate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// record makes a folder of a run whose row takes x times the floor.
func record(t *testing.T, x float64, change func(name, text string) string) string {
	t.Helper()
	dir := t.TempDir()
	var text, samples strings.Builder
	text.WriteString("Unit x-floor better=lower\ngoos: linux\ngoarch: amd64\n\n")
	for i := range 10 {
		v := x * (1 + 0.002*float64(i))
		fmt.Fprintf(&text, "BenchmarkOrbit/mode=stream/ring=lane 1000 %g ns/op %g x-floor\n", 5*v, v)
		fmt.Fprintf(&samples, `%s{"ns_op":%g}`, strings.Repeat(",", min(i, 1)), 5*v)
	}
	for name, s := range map[string]string{
		"bench.txt":     text.String(),
		"manifest.json": `{"format":1,"rows":[{"name":"Orbit/mode=stream/ring=lane","samples":[` + samples.String() + `]}]}`,
	} {
		if change != nil {
			s = change(name, s)
		}
		if s == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRecordedRunsAreCompared(t *testing.T) {
	for _, c := range []struct {
		factor float64
		want   Verdict
	}{{1, Same}, {1.2, Regression}, {0.8, Improvement}, {1.03, Same}} {
		old, err := Read(record(t, 8, nil))
		if err != nil {
			t.Fatal(err)
		}
		new, err := Read(record(t, 8*c.factor, nil))
		if err != nil {
			t.Fatal(err)
		}
		j, err := Compare(old, new, DefaultRule)
		if err != nil || j.Verdict != c.want {
			t.Errorf("%g times: %v, %+v", c.factor, err, j)
		}
	}
}

func TestWhatIsNotAWholeRecordIsRefused(t *testing.T) {
	edit := func(file string, f func(string) string) func(name, text string) string {
		return func(name, text string) string {
			if name == file {
				return f(text)
			}
			return text
		}
	}
	for want, change := range map[string]func(string, string) string{
		"last line is cut off":    edit("bench.txt", func(s string) string { return s[:len(s)-9] }),
		"a file is cut off":       edit("bench.txt", func(s string) string { return s[:strings.LastIndex(s[:len(s)-1], "\n")+1] }),
		"no benchmark result":     edit("bench.txt", func(string) string { return "\n" }),
		"cut off or no JSON":      edit("manifest.json", func(s string) string { return s[:len(s)/2] }),
		"format 99":               edit("manifest.json", func(s string) string { return strings.Replace(s, `"format":1`, `"format":99`, 1) }),
		"without rows":            edit("manifest.json", func(string) string { return "{}" }),
		"no manifest.json":        edit("manifest.json", func(string) string { return "" }),
		"bench.txt: no such file": edit("bench.txt", func(string) string { return "" }),
	} {
		if _, err := Read(record(t, 8, change)); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none")); !errors.Is(err, ErrRecord) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestRunsOfDifferentSystemsAreNotCompared(t *testing.T) {
	old, _ := Read(record(t, 8, nil))
	new, err := Read(record(t, 8, func(_, s string) string { return strings.Replace(s, "amd64", "arm64", 1) }))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Compare(old, new, DefaultRule); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), "arm64") {
		t.Errorf("%v", err)
	}
}
