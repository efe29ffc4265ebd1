package shm

import (
	"errors"

	"golang.org/x/sys/unix"
)

func reserveChunk(fd int, from, n int64) error {
	err := uninterrupted("fallocate", func() error { return unix.Fallocate(fd, 0, from, n) })
	if errors.Is(err, unix.EOPNOTSUPP) {
		return writeZeros(fd, from, n)
	}
	return err
}
