package bench

import (
	"os"

	"golang.org/x/sys/unix"
)

// unnamedFile creates a tmpfs file without a name, where rings live too. Its
// pages are reserved now, so that a full tmpfs is an error and not a SIGBUS.
func unnamedFile(size int) (*os.File, error) {
	fd, err := unix.Open("/dev/shm", unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		fd, err = unix.MemfdCreate("orbit-bench", unix.MFD_CLOEXEC)
	}
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	f := os.NewFile(uintptr(fd), "unnamed")
	if err := unix.Fallocate(fd, 0, 0, int64(size)); err != nil {
		f.Close()
		return nil, os.NewSyscallError("fallocate", err)
	}
	return f, nil
}
