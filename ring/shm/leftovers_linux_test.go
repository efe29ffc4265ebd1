//go:build amd64 || arm64

package shm

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

func processLeftovers() []string {
	var found []string
	if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
		found = append(found, fmt.Sprintf("a child process (%d, %v)", pid, err))
	}
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		to, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil && !strings.HasPrefix(to, "anon_inode:") && !strings.HasSuffix(to, "/fd") {
			found = append(found, "descriptor "+e.Name()+" of "+to)
		}
	}
	maps, _ := os.ReadFile("/proc/self/maps")
	for line := range strings.Lines(string(maps)) {
		if strings.Contains(line, testPrefix) || strings.Contains(line, "/dev/shm/") {
			found = append(found, "mapping "+strings.TrimSpace(line))
		}
	}
	return found
}
