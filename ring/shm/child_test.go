//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A role is what a child process plays. It speaks in lines with its parent.
type role func(in *bufio.Scanner, a args) error

type args struct {
	Name    string
	Options Options
	Step    string
	Node    uint16
	Crowd   int
}

var roles = map[string]role{}

func play(name string) int {
	use = systems[os.Getenv("ORBIT_SHM_SYSTEM")]
	var a args
	err := json.Unmarshal([]byte(os.Getenv("ORBIT_SHM_ARGS")), &a)
	if err == nil {
		err = roles[name](bufio.NewScanner(os.Stdin), a)
	}
	if err != nil {
		say("error %s", strings.ReplaceAll(err.Error(), "\n", " "))
		return 1
	}
	return 0
}

func say(format string, a ...any) { fmt.Printf(format+"\n", a...) }

type child struct {
	t    *testing.T
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *os.File
	scan *bufio.Scanner
	done bool
}

// again runs this test binary once more: directly, or by the program that the
// kernel says is running here, when that is an emulator of it.
func again() *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	if emulator, ok := emulated(); ok {
		return exec.Command(emulator, self)
	}
	return exec.Command(self)
}

func emulated() (string, bool) {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	real, err := os.Readlink("/proc/thread-self/exe")
	return real, err == nil && real != self && !strings.HasSuffix(real, " (deleted)")
}

func start(t *testing.T, name string, a args, change ...func(*exec.Cmd)) *child {
	t.Helper()
	text, err := json.Marshal(a)
	must(t, err)
	cmd := again()
	cmd.Env = append(os.Environ(), "ORBIT_SHM_ROLE="+name, "ORBIT_SHM_SYSTEM="+systemName(),
		"ORBIT_SHM_ARGS="+string(text), "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	for _, f := range change {
		f(cmd)
	}
	in, err := cmd.StdinPipe()
	must(t, err)
	out, w, err := os.Pipe()
	must(t, err)
	cmd.Stdout = w
	must(t, cmd.Start())
	w.Close()
	out.SetReadDeadline(time.Now().Add(30 * time.Second)) // a hang must not look like a slow test
	c := &child{t: t, cmd: cmd, in: in, out: out, scan: bufio.NewScanner(out)}
	t.Cleanup(func() { c.end() })
	return c
}

func with(files ...*os.File) func(*exec.Cmd) {
	return func(cmd *exec.Cmd) { cmd.ExtraFiles = files }
}

func (c *child) say(line string) {
	c.t.Helper()
	_, err := io.WriteString(c.in, line+"\n")
	must(c.t, err)
}

func (c *child) hear() string {
	c.t.Helper()
	if !c.scan.Scan() {
		c.t.Fatalf("child said nothing: %v", c.scan.Err())
	}
	return c.scan.Text()
}

func (c *child) expect(line string) {
	c.t.Helper()
	if got := c.hear(); got != line {
		c.t.Fatalf("child said %q, want %q", got, line)
	}
}

// kill ends the child the hard way and waits until it is gone.
func (c *child) kill() {
	c.cmd.Process.Signal(syscall.SIGKILL)
	c.cmd.Process.Signal(syscall.SIGCONT)
	c.end()
}

// leave lets the child finish and returns how it did.
func (c *child) leave() error {
	c.in.Close()
	err := c.cmd.Wait()
	c.done = true
	c.out.Close()
	return err
}

func (c *child) end() {
	if c.done {
		return
	}
	c.cmd.Process.Kill()
	c.leave()
}

// sit keeps a child where it is until its parent closes the pipe or kills it.
func sit(in *bufio.Scanner) {
	for in.Scan() {
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
