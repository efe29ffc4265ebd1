//go:build !linux

package bench

import (
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	recvFlags = 0
	sendFlags = 0
)

// socketPair makes both ends of a Unix socket, closed at exec. The lock keeps a
// concurrent exec from inheriting them.
func socketPair(kind int) (int, int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	p, err := unix.Socketpair(unix.AF_UNIX, kind, 0)
	if err == nil {
		unix.CloseOnExec(p[0])
		unix.CloseOnExec(p[1])
	}
	return p[0], p[1], err
}

// pipePair makes a pipe that blocks, closed at exec.
func pipePair() (r, w int, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	var p [2]int
	if err = unix.Pipe(p[:]); err == nil {
		unix.CloseOnExec(p[0])
		unix.CloseOnExec(p[1])
	}
	return p[0], p[1], err
}
