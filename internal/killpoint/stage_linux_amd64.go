package killpoint

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// Stage hands out children of one role. It belongs to the goroutine that started
// it, which is bound to a thread until Close, and one child lives at a time.
type Stage struct {
	cmd   *exec.Cmd
	order int
	reply int
	page  *page
	cpus  unix.CPUSet // of the thread, before
	vdso  span        // of the template, and so of its children
}

// nextCPU spreads stages over the CPUs.
var nextCPU atomic.Uint32

// Start makes the template for a role. The files are the test's; children get
// copies.
func Start(role, args string, files ...*os.File) (*Stage, error) {
	runtime.LockOSThread()
	s, err := start(role, args, files)
	if err != nil {
		runtime.UnlockOSThread()
		return nil, fmt.Errorf("killpoint: start: %w", err)
	}
	return s, nil
}

func start(role, args string, files []*os.File) (_ *Stage, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	pageFD, p, err := newPage()
	if err != nil {
		return nil, err
	}
	var order, reply [2]int
	if err := errors.Join(unix.Pipe2(order[:], unix.O_CLOEXEC), unix.Pipe2(reply[:], unix.O_CLOEXEC)); err != nil {
		return nil, err
	}
	s := &Stage{order: order[1], reply: reply[0], page: p}
	own := []*os.File{os.NewFile(uintptr(order[0]), "order"), os.NewFile(uintptr(reply[1]), "reply"),
		os.NewFile(uintptr(pageFD), "page")}
	s.cmd = exec.Command(self)
	s.cmd.Env = append(environment(), roleEnv+"="+role, argsEnv+"="+args, fmt.Sprint(fileEnv, "=", len(files)),
		"GODEBUG=asyncpreemptoff=1", "GOGC=off", "GOMAXPROCS=1")
	s.cmd.Stderr = os.Stderr
	s.cmd.ExtraFiles = append(own, files...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.pin()
	err = s.cmd.Start()
	for _, f := range own {
		f.Close()
	}
	if err == nil {
		if s.vdso, err = vdsoOf(s.cmd.Process.Pid); err != nil {
			s.cmd.Process.Kill()
			s.cmd.Wait()
		}
	}
	if err != nil {
		s.release()
		return nil, err
	}
	return s, nil
}

// environment is this process's without what would change the child's runtime.
func environment() (env []string) {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case roleEnv, argsEnv, fileEnv, "GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GOCOVERDIR":
		default:
			env = append(env, v)
		}
	}
	return env
}

// pin puts this thread, and so the template and its children, on one CPU.
func (s *Stage) pin() {
	if unix.SchedGetaffinity(0, &s.cpus) != nil || s.cpus.Count() == 0 {
		return
	}
	skip := int(nextCPU.Add(1)) % s.cpus.Count()
	for cpu := 0; ; cpu++ {
		if !s.cpus.IsSet(cpu) {
			continue
		}
		if skip == 0 {
			var one unix.CPUSet
			one.Set(cpu)
			unix.SchedSetaffinity(0, &one) // only speed depends on it
			return
		}
		skip--
	}
}

// Close ends the template. No child may be left.
func (s *Stage) Close() error {
	unix.Close(s.order)
	err := s.cmd.Wait()
	s.order = -1
	s.release()
	runtime.UnlockOSThread()
	return err
}

func (s *Stage) release() {
	if s.order >= 0 {
		unix.Close(s.order)
	}
	unix.Close(s.reply)
	s.page.unmap()
	if s.cpus.Count() > 0 {
		unix.SchedSetaffinity(0, &s.cpus)
	}
}

// Child is one process that stands at an instruction boundary of its operation.
type Child struct {
	// Boundary is the number of instructions of the operation that it has
	// executed.
	Boundary int
	t        tracee
	page     *page
}

// spawn makes a child that is set up and has stopped itself, some instructions
// before its operation.
func (s *Stage) spawn() (*Child, error) {
	s.page.phase.Store(setup)
	s.page.length.Store(0)
	if n, errno := rawWrite(uintptr(s.order), []byte{1}); n != 1 {
		return nil, fmt.Errorf("%w: %w", errGone, errno)
	}
	var answer [4]byte
	for {
		n, errno := rawRead(uintptr(s.reply), answer[:])
		if errno == unix.EINTR {
			continue
		}
		if n != len(answer) {
			return nil, errGone
		}
		break
	}
	pid := int32(binary.LittleEndian.Uint32(answer[:]))
	if pid < 0 {
		return nil, fmt.Errorf("killpoint: the template cannot fork: %w", unix.Errno(-pid))
	}
	c := &Child{t: tracee{pid: int(pid), vdso: s.vdso}, page: s.page}
	err := c.t.begin()
	if err != nil {
		switch c.page.phase.Load() {
		case failed:
			err = fmt.Errorf("killpoint: the child's setup: %s", c.page.text())
		case refused:
			err = fmt.Errorf("%w: %s", ErrRefused, c.page.text())
		}
		return nil, errors.Join(err, c.t.kill())
	}
	return c, nil
}

// Pid returns the child's process id.
func (c *Child) Pid() int { return c.t.pid }

// Kill ends the child with SIGKILL. When it returns, the kernel has dropped the
// child's locks. Calling it again does nothing.
func (c *Child) Kill() error { return c.t.kill() }

// Resume lets the child finish its operation and decodes what it reports. The
// child then stands behind the operation.
func (c *Child) Resume(report any) error {
	if err := c.t.run(); err != nil {
		return err
	}
	return c.decode(report)
}

// Again lets a child that has finished do its Act.Again.
func (c *Child) Again(report any) error { return c.Resume(report) }

func (c *Child) decode(report any) error {
	text := c.page.text()
	if c.page.phase.Load() != done {
		return fmt.Errorf("killpoint: the child failed: %s", text)
	}
	if report == nil || text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), report)
}

// step executes one instruction of the operation.
func (c *Child) step() error {
	err := c.t.step()
	if err == nil {
		c.Boundary++
	}
	return err
}

func (c *Child) begun() bool { return c.page.phase.Load() != setup }

func (c *Child) finished() bool { return c.page.phase.Load() == done }
