//go:build linux || darwin || freebsd

package shm

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// chunk is what one call reserves: a signal makes the kernel give up a call and
// return all of it, so calls must be short enough to get through.
const chunk = 64 << 20

// reserve gives a new file its size and every byte its place. The file is
// dropped by the caller when that fails.
func reserve(fd int, size uint64) error {
	total, free, err := space(func(st *unix.Statfs_t) error { return unix.Fstatfs(fd, st) })
	if err == nil && total > 0 && size > free {
		return unix.ENOSPC // before memory fills up for nothing
	}
	for done := uint64(0); done < size; {
		n := min(size-done, chunk)
		err := reserveChunk(fd, int64(done), int64(n))
		if err != nil {
			return err
		}
		done += n
	}
	return nil
}

// writeZeros reserves where the system cannot.
func writeZeros(fd int, from, n int64) error {
	zeros := make([]byte, min(n, 1<<20))
	for end := from + n; from < end; {
		done, err := descriptor(fd).WriteAt(zeros[:min(end-from, int64(len(zeros)))], from)
		if err != nil {
			return os.NewSyscallError("pwrite", err)
		}
		from += int64(done)
	}
	return nil
}

// outOfSpace tells the answers that mean too little room: of the file system,
// the quota, the memory of the control group, the limit on file sizes.
func outOfSpace(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) ||
		errors.Is(err, unix.ENOMEM) || errors.Is(err, unix.EFBIG)
}

func spaceError(dir string, need uint64, cause error) error {
	total, free, err := spaceIn(dir)
	return &SpaceError{Need: need, Free: free, Total: total, Err: errors.Join(cause, err)}
}

// Space returns the bytes of the file system that segments live in, and how many
// of them this user may still take. A total of 0 means that it knows no limit.
func Space(o Options) (total, free uint64, err error) {
	const op = "measure"
	p, err := o.place(op)
	if err != nil {
		return 0, 0, err
	}
	total, free, err = spaceIn(p.dir)
	return total, free, failed(op, p.dir, err)
}

func spaceIn(dir string) (total, free uint64, err error) {
	return space(func(st *unix.Statfs_t) error { return unix.Statfs(dir, st) })
}

// space returns the bytes of a file system and how many of them this user may
// still take; a total of 0 means that it knows no limit.
func space(statfs func(*unix.Statfs_t) error) (total, free uint64, err error) {
	var st unix.Statfs_t
	err = uninterrupted("statfs", func() error { return statfs(&st) })
	if err != nil {
		return 0, 0, err
	}
	avail := uint64(max(int64(st.Bavail), 0)) // negative on freebsd when only root's share is left
	return st.Blocks * uint64(st.Bsize), avail * uint64(st.Bsize), nil
}
