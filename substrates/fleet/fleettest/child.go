package fleettest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// roleVariable makes a test binary play a role instead of running its tests.
const roleVariable = "ORBIT_FLEETTEST_ROLE"

// A Role is what a child process does: it gets its arguments, hears and says
// lines, and ends when it returns. An error ends it with a line that says so.
type Role func(p *Parent, args []string) error

// Parent is the test as its child has it: one line at a time.
type Parent struct{ in *bufio.Scanner }

// Hear waits for a line. False: the test is done with this child, or dead.
func (p *Parent) Hear() (string, bool) {
	ok := p.in.Scan()
	return p.in.Text(), ok
}

// Say tells the test a line.
func (p *Parent) Say(format string, a ...any) { fmt.Printf(format+"\n", a...) }

// Stay waits until the test is done with this child.
func (p *Parent) Stay() {
	for p.in.Scan() {
	}
}

func play(role Role) int {
	p := &Parent{in: bufio.NewScanner(os.Stdin)}
	if err := role(p, os.Args[1:]); err != nil {
		p.Say("error: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
		return 1
	}
	return 0
}

// Child is a process in a role. Its methods fail the test when it does not do
// what it should. One that still lives when the test ends is killed.
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
	return StartWith(t, func(*exec.Cmd) {}, role, args...)
}

// StartWith is Start with a last change to the command: another user, other
// namespaces.
func StartWith(t testing.TB, change func(*exec.Cmd), role string, args ...string) *Child {
	t.Helper()
	program, args := self(args)
	c := &Child{t: t, cmd: exec.Command(program, args...)}
	change(c.cmd)
	c.cmd.Env = append(os.Environ(), roleVariable+"="+role, "GORACE=atexit_sleep_ms=0")
	c.cmd.Stderr = os.Stderr
	var err error
	c.in, err = c.cmd.StdinPipe()
	Must(t, err)
	out, err := c.cmd.StdoutPipe()
	Must(t, err)
	c.out = bufio.NewReader(out)
	Must(t, c.cmd.Start())
	t.Cleanup(c.Kill)
	return c
}

// self returns how to run this binary again: directly, or by the emulator that
// runs it.
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

// PID returns the child's process id.
func (c *Child) PID() int { return c.cmd.Process.Pid }

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

// Expect fails the test unless the child's next line is this one.
func (c *Child) Expect(format string, a ...any) {
	c.t.Helper()
	if got, want := c.Hear(), fmt.Sprintf(format, a...); got != want {
		c.t.Fatalf("child said %q, want %q", got, want)
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
	Must(c.t, c.cmd.Wait())
}

// Kill ends the child the hard way and waits until it is gone.
func (c *Child) Kill() {
	if c.ended {
		return
	}
	c.ended = true
	c.cmd.Process.Kill()
	c.in.Close()
	c.cmd.Wait()
}
