package shm

import (
	"errors"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// ofdLocks keeps the locks on the handle's own open file description: two
// handles of one process exclude each other, and closing an unrelated
// descriptor of the same file drops nothing.
type ofdLocks struct {
	fd     int
	member bool
	nodes  map[uint16]bool // held here; a description never conflicts with itself
}

func newOFDLocks(fd, _ int, _ inode) locks {
	return &ofdLocks{fd: fd, nodes: map[uint16]bool{}}
}

func (l *ofdLocks) join() (bool, error) {
	ok, err := setLock(l.fd, unix.F_OFD_SETLK, unix.F_RDLCK, memberByte, 1)
	l.member = l.member || ok
	return ok, err
}

func (l *ofdLocks) lockNode(node uint16) (bool, error) {
	if l.nodes[node] {
		return false, nil
	}
	ok, err := setLock(l.fd, unix.F_OFD_SETLK, unix.F_WRLCK, int64(node), 1)
	if ok {
		l.nodes[node] = true
	}
	return ok, err
}

func (l *ofdLocks) unlockNode(node uint16) (bool, error) {
	if !l.nodes[node] {
		return false, nil
	}
	if _, err := setLock(l.fd, unix.F_OFD_SETLK, unix.F_UNLCK, int64(node), 1); err != nil {
		return false, err
	}
	delete(l.nodes, node)
	return true, nil
}

func (l *ofdLocks) alive(node uint16) (bool, error) {
	if l.nodes[node] {
		return true, nil
	}
	_, held, err := getLock(l.fd, unix.F_OFD_GETLK, int64(node), 1)
	return held, err
}

func (l *ofdLocks) claimAll() (bool, error) {
	return setLock(l.fd, unix.F_OFD_SETLK, unix.F_WRLCK, 0, lockRange)
}

func (l *ofdLocks) holders() (Holders, error) {
	h, err := scanLocks(l.fd, unix.F_OFD_GETLK)
	if err != nil || h.Removing {
		return h, err
	}
	h.Members = h.Members || l.member
	for node := range l.nodes {
		h.Nodes = append(h.Nodes, node)
	}
	slices.Sort(h.Nodes)
	return h, nil
}

// close unlocks before it closes: a child between fork and exec, or a mapping,
// keeps the description for a while longer, and with it would keep the locks.
func (l *ofdLocks) close(more ...*os.File) error {
	_, err := setLock(l.fd, unix.F_OFD_SETLK, unix.F_UNLCK, 0, lockRange)
	err = errors.Join(err, closeDescriptor(l.fd))
	for _, f := range more {
		f.Close() // may have been closed by the caller
	}
	return err
}
