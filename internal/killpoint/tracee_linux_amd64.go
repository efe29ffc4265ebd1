package killpoint

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// tracee is one stopped child.
type tracee struct {
	pid  int
	gone bool
	vdso span
}

// ripOffset is where the instruction pointer lies in the kernel's struct user.
const ripOffset = 16 * 8

// errEnded: the child is no more, and nobody here killed it.
var errEnded = errors.New("killpoint: the child ended by itself")

// request makes a ptrace request that resumes the child and waits for its next
// stop. The wait for one instruction keeps the P: it is over before the
// scheduler could have used it.
func (t *tracee) request(request uintptr, sig unix.Signal) (unix.Signal, error) {
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, request, uintptr(t.pid), 0, uintptr(sig), 0, 0)
	if errno != 0 {
		return 0, fmt.Errorf("killpoint: ptrace request %d: %w", request, errno)
	}
	return t.wait()
}

func (t *tracee) wait() (unix.Signal, error) {
	var ws unix.WaitStatus
	for {
		_, err := unix.Wait4(t.pid, &ws, unix.WALL, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("killpoint: wait4: %w", err)
		}
		if ws.Stopped() {
			return ws.StopSignal(), nil
		}
		t.gone = true
		return 0, fmt.Errorf("%w: exit status %d, signal %v", errEnded, ws.ExitStatus(), ws.Signal())
	}
}

// begin waits for the stop that a set up child makes, and takes care that the
// child cannot outlive the tracer.
func (t *tracee) begin() error {
	sig, err := t.wait()
	if err == nil && sig != unix.SIGSTOP {
		err = fmt.Errorf("killpoint: a child in setup met signal %v", sig)
	}
	if err != nil {
		return err
	}
	err = unix.PtraceSetOptions(t.pid, unix.PTRACE_O_EXITKILL|unix.PTRACE_O_TRACESYSGOOD)
	if err != nil {
		return fmt.Errorf("killpoint: PTRACE_SETOPTIONS: %w", err)
	}
	return nil
}

// step executes one instruction, and all of a visit to the vdso.
func (t *tracee) step() error {
	for {
		sig, err := t.request(unix.PTRACE_SINGLESTEP, 0)
		if err == nil && sig != unix.SIGTRAP {
			err = fmt.Errorf("killpoint: a stepped child met signal %v%s", sig, hint(sig))
		}
		if err != nil {
			return err
		}
		if ip, err := t.ip(); err != nil || !t.vdso.has(ip) {
			return err
		}
	}
}

// upTo executes all up to the instruction at ip, which a breakpoint stops and is
// then as it was. False: the child went to its own next stop without coming there.
func (t *tracee) upTo(ip uintptr) (bool, error) {
	var code [1]byte
	if _, err := unix.PtracePeekText(t.pid, ip, code[:]); err != nil {
		return false, fmt.Errorf("killpoint: PTRACE_PEEKTEXT: %w", err)
	}
	if _, err := unix.PtracePokeText(t.pid, ip, []byte{int3}); err != nil {
		return false, fmt.Errorf("killpoint: PTRACE_POKETEXT: %w", err)
	}
	sig, err := t.request(unix.PTRACE_CONT, 0)
	if err != nil {
		return false, err
	}
	if _, err := unix.PtracePokeText(t.pid, ip, code[:]); err != nil {
		return false, fmt.Errorf("killpoint: PTRACE_POKETEXT: %w", err)
	}
	switch sig {
	case unix.SIGSTOP:
		return false, nil
	case unix.SIGTRAP:
	default:
		return false, fmt.Errorf("killpoint: a child on its way met signal %v%s", sig, hint(sig))
	}
	var regs unix.PtraceRegs
	if err := unix.PtraceGetRegs(t.pid, &regs); err != nil {
		return false, fmt.Errorf("killpoint: PTRACE_GETREGS: %w", err)
	}
	regs.Rip = uint64(ip) // it stands behind the breakpoint
	if err := unix.PtraceSetRegs(t.pid, &regs); err != nil {
		return false, fmt.Errorf("killpoint: PTRACE_SETREGS: %w", err)
	}
	return true, nil
}

const int3 = 0xcc

// pastCall executes all up to the end of the next system call.
func (t *tracee) pastCall() error {
	for range 2 { // its entry and its exit
		sig, err := t.request(unix.PTRACE_SYSCALL, 0)
		if err != nil {
			return err
		}
		if sig != unix.SIGTRAP|0x80 {
			return fmt.Errorf("killpoint: a child on its way to a system call met signal %v%s", sig, hint(sig))
		}
	}
	return nil
}

// run lets the child go on until it stops itself.
func (t *tracee) run() error {
	for pass := unix.Signal(0); ; {
		sig, err := t.request(unix.PTRACE_CONT, pass)
		switch {
		case err != nil:
			return err
		case sig == unix.SIGSTOP:
			return nil
		case sig == unix.SIGALRM:
			return fmt.Errorf("killpoint: a child met signal %v%s", sig, hint(sig))
		}
		pass = sig // a fault: the runtime turns it into a panic and a text
	}
}

func hint(sig unix.Signal) string {
	if sig == unix.SIGALRM {
		return fmt.Sprintf(": it hung for %d s", alarmSeconds)
	}
	return ""
}

// ip returns the address of the next instruction.
func (t *tracee) ip() (uintptr, error) {
	var b [8]byte
	if _, err := unix.PtracePeekUser(t.pid, ripOffset, b[:]); err != nil {
		return 0, fmt.Errorf("killpoint: PTRACE_PEEKUSER: %w", err)
	}
	return uintptr(binary.NativeEndian.Uint64(b[:])), nil
}

// atCall tells whether the instruction at ip is a system call.
func (t *tracee) atCall(ip uintptr) (bool, error) {
	var b [2]byte
	if _, err := unix.PtracePeekText(t.pid, ip, b[:]); err != nil {
		return false, fmt.Errorf("killpoint: PTRACE_PEEKTEXT: %w", err)
	}
	return b == [2]byte{0x0f, 0x05}, nil
}

// kill ends the child; its locks and mappings are gone when it returns.
func (t *tracee) kill() error {
	if t.gone {
		return nil
	}
	if err := unix.Kill(t.pid, unix.SIGKILL); err != nil {
		return fmt.Errorf("killpoint: kill: %w", err)
	}
	for {
		_, err := t.wait()
		if errors.Is(err, errEnded) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
