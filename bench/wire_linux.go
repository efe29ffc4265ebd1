package bench

import "golang.org/x/sys/unix"

const (
	recvFlags = unix.MSG_CMSG_CLOEXEC
	sendFlags = unix.MSG_NOSIGNAL
)

// socketPair makes both ends of a Unix socket, closed at exec.
func socketPair(kind int) (int, int, error) {
	p, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
	return p[0], p[1], err
}

// pipePair makes a pipe that blocks, closed at exec.
func pipePair() (r, w int, err error) {
	var p [2]int
	err = unix.Pipe2(p[:], unix.O_CLOEXEC)
	return p[0], p[1], err
}
