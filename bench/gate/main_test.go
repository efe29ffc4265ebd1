package gate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestMain lets this binary stand for an orbitbench binary: called by the name
// old-5 it is one that takes 5 % longer, and broken it fails.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "run" {
		os.Exit(standIn(filepath.Base(os.Args[0])))
	}
	os.Exit(m.Run())
}

// standIn prints what a run on a very unsteady host would: the floor jumps by a
// factor of 3 from run to run, and the noise is that of real hosts.
func standIn(name string) int {
	if name == "broken" {
		fmt.Fprintln(os.Stderr, "a message was torn")
		return 1
	}
	_, percent, _ := strings.Cut(name, "-")
	slower, _ := strconv.ParseFloat(percent, 64)
	if log := os.Getenv("ORBIT_GATE_LOG"); log != "" {
		f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return 1
		}
		fmt.Fprintln(f, name)
		f.Close()
	}
	floor := 5.0
	if rand.IntN(8) == 0 {
		floor = 15
	}
	fmt.Println("Unit allocs/op assume=exact\nUnit allocs/op better=lower\ngoos: linux\ngoarch: amd64")
	for _, ring := range []string{"lane", "shared"} {
		for range 3 {
			x := 8 * (1 + slower/100) * math.Exp(rand.NormFloat64()*0.03)
			if rand.IntN(20) == 0 {
				x *= 4 // another process had the processor
			}
			fmt.Printf("BenchmarkOrbit/mode=stream/ring=%s 1000 %g ns/op %g x-floor %d allocs/op\n", ring, x*floor, x, int(slower)/50)
		}
	}
	return 0
}

// binaries gives this binary those names.
func binaries(t *testing.T, names ...string) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	paths := make([]string, len(names))
	for i, n := range names {
		paths[i] = filepath.Join(dir, n)
		if err := os.Symlink(self, paths[i]); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}
