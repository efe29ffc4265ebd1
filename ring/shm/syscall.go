//go:build linux || darwin || freebsd

package shm

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// uninterrupted repeats a system call that a signal cut short; the runtime
// sends itself some.
func uninterrupted(name string, call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return os.NewSyscallError(name, err)
		}
	}
}

func lstat(path string, st *unix.Stat_t) error {
	return uninterrupted("lstat", func() error { return unix.Lstat(path, st) })
}

func fstat(fd int, st *unix.Stat_t) error {
	return uninterrupted("fstat", func() error { return unix.Fstat(fd, st) })
}

func unlink(path string) error {
	return uninterrupted("unlink", func() error { return unix.Unlink(path) })
}

func openRaw(path string, flags int, mode uint32) (fd int, err error) {
	for {
		fd, err = unix.Open(path, flags|unix.O_CLOEXEC, mode)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// openExisting opens without following a link, without waiting for a fifo's
// other end and without becoming a terminal's owner.
func openExisting(path string, access int, _ inode) (int, error) {
	return openRaw(path, access|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
}

// closeDescriptor does not repeat: after EINTR the descriptor is gone already.
func closeDescriptor(fd int) error {
	err := unix.Close(fd)
	if err == unix.EINTR {
		return nil
	}
	return os.NewSyscallError("close", err)
}

func duplicate(fd int) (int, error) {
	dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	return dup, os.NewSyscallError("fcntl", err)
}

func inodeOf(st *unix.Stat_t) inode { return inode{dev: uint64(st.Dev), ino: st.Ino} }

func isNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// descriptor reads and writes at offsets.
type descriptor int

func (d descriptor) ReadAt(p []byte, off int64) (done int, err error) {
	for done < len(p) {
		n, err := unix.Pread(int(d), p[done:], off+int64(done))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return done, err
		case n == 0:
			return done, io.EOF
		default:
			done += n
		}
	}
	return done, nil
}

func (d descriptor) WriteAt(p []byte, off int64) (done int, err error) {
	for done < len(p) {
		n, err := unix.Pwrite(int(d), p[done:], off+int64(done))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return done, err
		case n == 0:
			return done, io.ErrShortWrite
		default:
			done += n
		}
	}
	return done, nil
}
