//go:build linux

package bench

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestWorkersDieWithAParentThatIsKilled(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killedParentEnv+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pids []int
	for in := bufio.NewScanner(out); in.Scan() && in.Text() != "ready"; {
		var pid int
		if _, err := fmt.Sscanf(in.Text(), "worker %d", &pid); err != nil {
			t.Fatal(in.Text())
		}
		pids = append(pids, pid)
	}
	if len(pids) != 2 {
		t.Fatalf("workers %v, want two", pids)
	}
	// Let them get into the run: a worker that is busy reads no pipe.
	for _, pid := range pids {
		for ticks(pid) < 2 {
			time.Sleep(10 * time.Millisecond)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	for _, pid := range pids {
		for deadline := time.Now().Add(30 * time.Second); alive(pid); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				syscall.Kill(pid, syscall.SIGKILL)
				t.Fatalf("worker %d outlives its parent", pid)
			}
		}
	}
	if names := ownNames(t); len(names) > 0 {
		t.Errorf("left in /dev/shm: %v", names)
	}
}

// stat returns the fields of a process after its name, nil when it is gone.
func stat(pid int) []string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return strings.Fields(rest)
}

func alive(pid int) bool {
	f := stat(pid)
	return len(f) > 0 && f[0] != "Z" && f[0] != "X"
}

// ticks is the processor time of a process, in clock ticks.
func ticks(pid int) (n int) {
	if f := stat(pid); len(f) > 11 {
		fmt.Sscan(f[11], &n)
	}
	return n
}
