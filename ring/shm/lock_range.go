//go:build linux || darwin || freebsd

package shm

import (
	"math"
	"slices"

	"golang.org/x/sys/unix"
)

// setLock changes a part of the lock range without waiting; false means that
// another owner's lock is in the way.
func setLock(fd, command int, kind int16, start, length int64) (bool, error) {
	for {
		lk := unix.Flock_t{Type: kind, Whence: 0, Start: start, Len: length}
		switch err := unix.FcntlFlock(uintptr(fd), command, &lk); err {
		case nil:
			return true, nil
		case unix.EAGAIN, unix.EACCES:
			return false, nil
		case unix.EINTR:
		default:
			return false, &lockError{err}
		}
	}
}

// getLock returns one lock of another owner that overlaps the part, and whether
// there is any. No owner's own locks are reported to it.
func getLock(fd, command int, start, length int64) (unix.Flock_t, bool, error) {
	for {
		lk := unix.Flock_t{Type: unix.F_WRLCK, Whence: 0, Start: start, Len: length}
		switch err := unix.FcntlFlock(uintptr(fd), command, &lk); err {
		case nil:
			return lk, lk.Type != unix.F_UNLCK, nil
		case unix.EINTR:
		default:
			return lk, false, &lockError{err}
		}
	}
}

// scanLocks collects all locks of other owners. The kernel names one lock a
// question, in no useful order, so the parts beside it are asked for again.
func scanLocks(fd, command int) (Holders, error) {
	var h Holders
	parts := [][2]int64{{0, lockRange}}
	for len(parts) > 0 {
		from, to := parts[len(parts)-1][0], parts[len(parts)-1][1]
		parts = parts[:len(parts)-1]
		lk, held, err := getLock(fd, command, from, to-from)
		if err != nil {
			return Holders{}, err
		}
		if !held {
			continue
		}
		end := int64(math.MaxInt64)
		if lk.Len > 0 {
			end = lk.Start + lk.Len
		}
		lo, hi := max(lk.Start, from), min(end, to)
		if hi <= lo {
			continue // the answer lies outside the question: believe nothing of it
		}
		if hi > memberByte {
			h.Members = true
			if lk.Type == unix.F_WRLCK {
				return Holders{Removing: true}, nil
			}
		}
		for n := lo; n < min(hi, memberByte); n++ {
			h.Nodes = append(h.Nodes, uint16(n))
		}
		if from < lo {
			parts = append(parts, [2]int64{from, lo})
		}
		if hi < to {
			parts = append(parts, [2]int64{hi, to})
		}
	}
	slices.Sort(h.Nodes)
	return h, nil
}
