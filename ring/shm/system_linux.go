package shm

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

var native = &system{
	draft: draftWithoutName,
	open:  openExisting,
	locks: newOFDLocks,
	again: openAgain,
}

func defaultDir() string { return "/dev/shm" }

// draftWithoutName opens a file that dies with its descriptor. Where the file
// system or a missing /proc does not allow it, a private name has to do.
func draftWithoutName(dir string) (*draft, error) {
	fd, err := openRaw(dir, unix.O_TMPFILE|unix.O_RDWR, 0o600)
	switch err {
	case nil:
	case unix.EOPNOTSUPP, unix.EISDIR, unix.EINVAL:
		return draftWithName(dir)
	default:
		return nil, os.NewSyscallError("open", err)
	}
	if unix.Access(procPath(fd), unix.F_OK) != nil {
		if err := closeDescriptor(fd); err != nil {
			return nil, err
		}
		return draftWithName(dir)
	}
	o, err := newObject(fd, unix.O_RDWR, use)
	if err != nil {
		return nil, err
	}
	return &draft{
		object: o,
		publish: func(path string) error {
			return uninterrupted("linkat", func() error {
				return unix.Linkat(unix.AT_FDCWD, procPath(fd), unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
			})
		},
		hide: func() error { return nil },
	}, nil
}

// openAgain opens the same file anew: a description of its own, which shares no
// locks with fd and outlives no owner.
func openAgain(fd, access int) (int, error) {
	again, err := openRaw(procPath(fd), access, 0)
	return again, os.NewSyscallError("open "+procPath(fd), err)
}

func procPath(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }
