//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	if role := os.Getenv("ORBIT_SHM_ROLE"); role != "" {
		os.Exit(play(role))
	}
	before := leftovers()
	code := m.Run()
	if after := leftovers(); code == 0 {
		for what := range before {
			delete(after, what)
		}
		for what := range after {
			fmt.Fprintln(os.Stderr, "FAIL: left behind:", what)
			code = 1
		}
	}
	os.Exit(code)
}

func leftovers() map[string]bool {
	found := map[string]bool{}
	for _, what := range processLeftovers() {
		found[what] = true
	}
	for _, dir := range []string{defaultDir(), os.TempDir()} {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), testPrefix) {
				found["directory "+e.Name()] = true
			}
		}
	}
	return found
}

// testPrefix begins the names of this run's directories; other packages test
// with segments at the same time.
var testPrefix = fmt.Sprintf("orbit-shmtest%d-", os.Getpid())
