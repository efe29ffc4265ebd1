package killpoint

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// Descriptors of a template, in the order of exec.Cmd.ExtraFiles.
const (
	orderFD = 3 + iota // a byte asks for a child, the end of the file to go
	replyFD            // its pid, or minus the error number
	pageFD
	firstFD // what the test hands over
)

// alarmSeconds is when a child is taken for hung, by its own kernel timer: a
// tracer that waits for it cannot look at a clock.
const alarmSeconds = 60

// serve forks a child for every order. It only makes raw system calls: they keep
// the P, so no other thread of the template has anything to do, and whatever
// locks the runtime has are free at the fork.
func serve(role Role, args string, files int) error {
	debug.SetGCPercent(-1)
	p, err := mapPage(pageFD)
	if err != nil {
		return err
	}
	in := Inherited{Args: args}
	for i := range files {
		in.Files = append(in.Files, os.NewFile(uintptr(firstFD+i), fmt.Sprint("inherited ", i)))
	}
	var order [1]byte
	var reply [4]byte
	for {
		if n, errno := rawRead(orderFD, order[:]); n <= 0 {
			if errno == unix.EINTR {
				continue
			}
			return nil
		}
		// CLONE_PARENT makes the child the test's own, to wait for and to trace.
		pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, unix.CLONE_PARENT|uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
		if errno == 0 && pid == 0 {
			play(p, role, in)
		}
		answer := int32(pid)
		if errno != 0 {
			answer = -int32(errno)
		}
		binary.LittleEndian.PutUint32(reply[:], uint32(answer))
		rawWrite(replyFD, reply[:])
	}
}

// play is the life of a child.
func play(p *page, role Role, in Inherited) {
	unix.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0)
	unix.RawSyscall(unix.SYS_ALARM, alarmSeconds, 0, 0)
	act, err := role(in)
	if err != nil {
		leave(p, failed, err)
	}
	if _, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_TRACEME, 0, 0, 0, 0, 0); errno != 0 {
		leave(p, refused, fmt.Errorf("PTRACE_TRACEME: %w", errno))
	}
	stopSelf()
	p.phase.Store(running)
	act.Run()
	p.phase.Store(done)
	p.tell(act.Report)
	stopSelf()
	p.tell(act.Again)
	stopSelf()
	exit(0)
}

func leave(p *page, phase uint32, err error) {
	p.fail(phase, err)
	exit(1)
}

func exit(code uintptr) {
	for {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, code, 0, 0)
	}
}

func stopSelf() {
	pid, _, _ := unix.RawSyscall(unix.SYS_GETPID, 0, 0, 0)
	unix.RawSyscall(unix.SYS_KILL, pid, uintptr(unix.SIGSTOP), 0)
}
