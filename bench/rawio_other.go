//go:build !linux

package bench

import "golang.org/x/sys/unix"

func rawRead(fd int, b []byte) (int, error) {
	for {
		if n, err := unix.Read(fd, b); err != unix.EINTR {
			return n, err
		}
	}
}

func rawWrite(fd int, b []byte) (int, error) {
	for {
		if n, err := unix.Write(fd, b); err != unix.EINTR {
			return n, err
		}
	}
}
