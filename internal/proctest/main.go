package proctest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// roleEnv makes a test binary play a role instead of running its tests.
const roleEnv = "ORBIT_TEST_ROLE"

// Main runs the tests of a package and exits; in a child that Start made it
// plays the role. The run fails if it leaves behind a child, a descriptor, or a
// file that one of the patterns matches.
func Main(m *testing.M, roles map[string]Role, patterns ...string) {
	if name := os.Getenv(roleEnv); name != "" {
		os.Exit(play(name, roles[name]))
	}
	before := descriptors()
	code := m.Run()
	for _, what := range leftovers(before, patterns) {
		fmt.Fprintln(os.Stderr, "FAIL: left behind:", what)
		code = max(code, 1)
	}
	os.Exit(code)
}

// leftovers names what was not cleaned up, and removes the files.
func leftovers(before map[string]string, patterns []string) (all []string) {
	var status syscall.WaitStatus
	if pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil); err == nil {
		all = append(all, fmt.Sprintf("a child process (%d, 0 means still running)", pid))
	}
	for _, pattern := range patterns {
		found, _ := filepath.Glob(pattern)
		for _, path := range found {
			all = append(all, "segment "+path)
			os.Remove(path)
		}
	}
	for fd, target := range descriptors() {
		if before[fd] != target && !strings.HasPrefix(target, "anon_inode:[event") {
			all = append(all, "descriptor "+fd+" of "+target)
		}
	}
	return all
}

// descriptors names what each descriptor of this process leads to, where the
// system tells.
func descriptors() map[string]string {
	open := map[string]string{}
	found, _ := os.ReadDir("/proc/self/fd")
	for _, f := range found {
		if target, err := os.Readlink("/proc/self/fd/" + f.Name()); err == nil {
			open[f.Name()] = target
		}
	}
	return open
}
