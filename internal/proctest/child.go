package proctest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Child is a process in a role. Its methods fail the test when it does not do
// what it should. One that still lives when the test ends is killed. One
// goroutine at a time may use it.
type Child struct {
	t     testing.TB
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	ended bool
}

// Start makes a child that plays one of Main's roles.
func Start(t testing.TB, role string, args ...string) *Child {
	t.Helper()
	return StartChanged(t, func(*exec.Cmd) {}, role, args...)
}

// StartWith is Start for a child that gets these files as descriptors 3, 4 …
func StartWith(t testing.TB, files []*os.File, role string, args ...string) *Child {
	t.Helper()
	return StartChanged(t, func(cmd *exec.Cmd) { cmd.ExtraFiles = files }, role, args...)
}

// StartChanged is Start with a last change to the command: another user, other
// namespaces.
func StartChanged(t testing.TB, change func(*exec.Cmd), role string, args ...string) *Child {
	t.Helper()
	program, args := self(args)
	c := &Child{t: t, cmd: exec.Command(program, args...)}
	c.cmd.Env = append(os.Environ(), roleEnv+"="+role,
		"GORACE=atexit_sleep_ms=0 "+os.Getenv("GORACE")) // the race detector's default is a second
	c.cmd.Stderr = os.Stderr
	c.cmd.SysProcAttr = dieWithParent()
	change(c.cmd)
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Kill)
	return c
}

// self returns how to run this binary again: directly, or by the program that
// the kernel says is running here, when that is an emulator of it.
func self(args []string) (string, []string) {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	if real, err := os.Readlink("/proc/thread-self/exe"); err == nil && real != exe && !strings.HasSuffix(real, " (deleted)") {
		return real, append([]string{exe}, args...)
	}
	return exe, args
}

// Pid returns the child's process id.
func (c *Child) Pid() int { return c.cmd.Process.Pid }

// Say tells the child a line.
func (c *Child) Say(format string, a ...any) {
	c.t.Helper()
	if _, err := fmt.Fprintf(c.in, format+"\n", a...); err != nil {
		c.t.Fatalf("child is gone: %v", err)
	}
}

// Hear waits for the child's next line.
func (c *Child) Hear() string {
	c.t.Helper()
	line, err := c.out.ReadString('\n')
	if err != nil {
		c.t.Fatalf("child said %q, then %v", line, err)
	}
	return strings.TrimSuffix(line, "\n")
}

// Ask says something and returns the answer.
func (c *Child) Ask(format string, a ...any) string {
	c.t.Helper()
	c.Say(format, a...)
	return c.Hear()
}

// Expect fails the test unless the child's next line is this one.
func (c *Child) Expect(format string, a ...any) {
	c.t.Helper()
	if got, want := c.Hear(), fmt.Sprintf(format, a...); got != want {
		c.t.Fatalf("child said %q, want %q", got, want)
	}
}

// Answers says something and fails the test unless this is the answer.
func (c *Child) Answers(answer, format string, a ...any) {
	c.t.Helper()
	if got := c.Ask(format, a...); got != answer {
		c.t.Fatalf("%s: child said %q, want %q", fmt.Sprintf(format, a...), got, answer)
	}
}

// Leave lets the child finish and waits until it is gone.
func (c *Child) Leave() {
	c.t.Helper()
	if c.ended {
		return
	}
	c.ended = true
	c.in.Close()
	if err := c.cmd.Wait(); err != nil {
		c.t.Errorf("child: %v", err)
	}
}

// Kill ends the child the hard way and waits until it is gone. Calling it again
// does nothing.
func (c *Child) Kill() {
	if c.ended {
		return
	}
	c.ended = true
	c.cmd.Process.Kill()
	c.in.Close()
	c.cmd.Wait()
}
