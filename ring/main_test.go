//go:build linux

package ring_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// roleVariable makes this test binary one of the roles instead of running tests.
const roleVariable = "ORBIT_RING_TEST_ROLE"

// roles are what a child process can be. A role reads commands from standard
// input, answers each with one line, and ends when the input does.
var roles = map[string]func(args []string){
	"session":       session,
	"hammer writer": hammerWriter,
	"hammer reader": hammerReader,
}

func TestMain(m *testing.M) {
	if name := os.Getenv(roleVariable); name != "" {
		role := roles[name]
		if role == nil {
			panic("no role " + name)
		}
		role(os.Args[1:])
		return
	}
	before := openDescriptors()
	code := m.Run()
	for _, what := range leftovers(before) {
		fmt.Fprintln(os.Stderr, "left behind:", what)
		code = max(code, 1)
	}
	os.Exit(code)
}

// leftovers are the children, segments and descriptors that tests of this run
// did not clean up.
func leftovers(before map[string]string) (all []string) {
	var ws syscall.WaitStatus
	if pid, err := syscall.Wait4(-1, &ws, syscall.WNOHANG, nil); err == nil {
		all = append(all, fmt.Sprintf("a child process (%d, 0 means still running)", pid))
	}
	for _, fleet := range []string{runFleet, fmt.Sprintf("conformance%d", os.Getpid())} {
		found, _ := filepath.Glob("/dev/shm/orbit-" + fleet + "-*")
		for _, path := range found {
			all = append(all, "segment "+path)
			os.Remove(path)
		}
	}
	for fd, target := range openDescriptors() {
		if before[fd] != target && !strings.HasPrefix(target, "anon_inode:[event") {
			all = append(all, "descriptor "+fd+" of "+target)
		}
	}
	return all
}

// openDescriptors names what each descriptor of this process leads to.
func openDescriptors() map[string]string {
	open := map[string]string{}
	found, _ := os.ReadDir("/proc/self/fd")
	for _, f := range found {
		if target, err := os.Readlink("/proc/self/fd/" + f.Name()); err == nil {
			open[f.Name()] = target
		}
	}
	return open
}

// runFleet begins the fleet of every segment of this run.
var runFleet = fmt.Sprintf("ringtest%d", os.Getpid())

// newName returns a segment name of its own, removed when the test ends.
func newName(t testing.TB) string {
	t.Helper()
	name, err := shm.Name(fmt.Sprintf("%s-%d", runFleet, fleetCount.Add(1)), testKind)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shm.Remove(name, shm.Options{}); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	})
	return name
}

// shareable reports whether this build has segments. Where it has none, it
// holds the build to saying so clearly.
func shareable(t testing.TB) bool {
	t.Helper()
	if bits.UintSize == 64 {
		return true
	}
	_, open := shm.Open("orbit-"+runFleet+"-7-0", shape(layout.Shared, 1, 4, 8), shm.Options{})
	_, attach := shm.Attach("orbit-"+runFleet+"-7-0", shm.Options{})
	_, observe := shm.Observe("orbit-"+runFleet+"-7-0", shm.Options{})
	_, unnamed := shm.Unnamed(shape(layout.Shared, 1, 4, 8), shm.Options{})
	for _, err := range []error{open, attach, observe, unnamed} {
		var detail *shm.UnsupportedError
		if !errors.Is(err, shm.ErrUnsupported) || !errors.Is(err, errors.ErrUnsupported) ||
			!errors.As(err, &detail) || detail.Arch == "" || !strings.Contains(detail.Rule, "64-bit") {
			t.Errorf("a 32-bit build must refuse segments and say why, got: %v", err)
		}
	}
	return false
}

// child is a process in a role. Its methods fail the test when it does not
// behave; one that still runs when the test ends is killed.
type child struct {
	testing.TB
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	ended bool
}

// start makes a child. The kernel kills it if this process dies first.
func start(t testing.TB, files []*os.File, role string, args ...string) *child {
	t.Helper()
	program, args := self(args)
	c := &child{TB: t, cmd: exec.Command(program, args...)}
	c.cmd.Env = append(os.Environ(), roleVariable+"="+role,
		"GORACE=atexit_sleep_ms=0 "+os.Getenv("GORACE")) // the race detector's default is a second
	c.cmd.Stderr = os.Stderr
	c.cmd.ExtraFiles = files
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
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
	t.Cleanup(func() {
		if !c.ended {
			c.kill()
		}
	})
	return c
}

// self returns how to run this test binary again: directly, or by the program
// that the kernel says is running here, when that is an emulator of it.
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

func (c *child) say(format string, a ...any) {
	c.Helper()
	if _, err := fmt.Fprintf(c.in, format+"\n", a...); err != nil {
		c.Fatalf("child is gone: %v", err)
	}
}

func (c *child) hear() string {
	c.Helper()
	line, err := c.out.ReadString('\n')
	if err != nil {
		c.Fatalf("child answered %q, then %v", line, err)
	}
	return strings.TrimSuffix(line, "\n")
}

// ask says something and returns the answer.
func (c *child) ask(format string, a ...any) string {
	c.Helper()
	c.say(format, a...)
	return c.hear()
}

// expect says something and holds the child to an answer.
func (c *child) expect(answer, format string, a ...any) {
	c.Helper()
	if got := c.ask(format, a...); got != answer {
		c.Fatalf("%s: got %q, want %q", fmt.Sprintf(format, a...), got, answer)
	}
}

// kill ends the child as kill -9 does, and returns when it is dead.
func (c *child) kill() {
	c.Helper()
	c.ended = true
	if err := c.cmd.Process.Kill(); err != nil {
		c.Errorf("kill: %v", err)
	}
	c.cmd.Wait()
	c.in.Close()
}

// end closes the child's input and expects it to leave in order.
func (c *child) end() {
	c.Helper()
	c.ended = true
	c.in.Close()
	if err := c.cmd.Wait(); err != nil {
		c.Errorf("child: %v", err)
	}
}

// stop suspends the child and returns when it is suspended.
func (c *child) stop() {
	c.Helper()
	c.signal(syscall.SIGSTOP)
	for {
		err := unix.Waitid(unix.P_PID, c.cmd.Process.Pid, nil, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT, nil)
		if err == nil {
			return
		}
		if err != unix.EINTR {
			c.Fatalf("waiting for the stop: %v", err)
		}
	}
}

// resume lets a stopped child go on.
func (c *child) resume() { c.Helper(); c.signal(syscall.SIGCONT) }

func (c *child) signal(s os.Signal) {
	c.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.Fatalf("%v: %v", s, err)
	}
}

// commands is a role's standard input, line by line, for a loop that is busy
// with something else. When the input ends, so does the process.
type commands struct {
	lines   chan string
	waiting atomic.Int32
}

func listen() *commands {
	c := &commands{lines: make(chan string, 16)}
	go func() {
		in := bufio.NewScanner(os.Stdin)
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			c.lines <- in.Text()
			c.waiting.Add(1)
		}
		os.Exit(0)
	}()
	return c
}

func (c *commands) pending() bool { return c.waiting.Load() > 0 }

func (c *commands) next() string {
	line := <-c.lines
	c.waiting.Add(-1)
	return line
}

// must is for roles: a child that cannot go on says why and fails.
func must[T any](v T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(1)
	}
	return v
}

// attach opens the segment and the ring of a name as a member.
func attach(name string) (*shm.Segment, *ring.Ring) {
	s := must(shm.Attach(name, shm.Options{}))
	return s, must(ring.Open(s))
}
