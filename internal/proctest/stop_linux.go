package proctest

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// dieWithParent makes the kernel kill a child when the test dies first.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// Stop suspends the child and returns when it is suspended.
func (c *Child) Stop() {
	c.t.Helper()
	c.signal(syscall.SIGSTOP)
	for {
		err := unix.Waitid(unix.P_PID, c.Pid(), nil, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT, nil)
		if err == nil {
			return
		}
		if err != unix.EINTR {
			c.t.Fatalf("waiting for the stop: %v", err)
		}
	}
}

// Resume lets a stopped child go on.
func (c *Child) Resume() { c.t.Helper(); c.signal(syscall.SIGCONT) }

func (c *Child) signal(s os.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatalf("%v: %v", s, err)
	}
}
