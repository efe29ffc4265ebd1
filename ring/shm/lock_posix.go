//go:build linux || darwin || freebsd

package shm

import (
	"errors"
	"os"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// posixLocks keeps the locks of systems without locks on descriptions. The
// kernel gives them to the process: its handles do not exclude each other, and
// whenever it closes any descriptor of the file all of them are gone. So a
// table of the process does the excluding and keeps descriptors open until the
// last lock on their file is dropped.
//
// Such locks and those on descriptions exclude each other between processes.
type posixLocks struct {
	fd, access int
	file       *posixFile
	at         inode
	member     bool
	all        bool
}

// posixFile is what this process holds of one file.
type posixFile struct {
	handles int
	members int
	all     bool
	nodes   map[uint16]*posixLocks
	spare   map[int][]int // by access: descriptors that must stay open, and may be used again
	shut    []*os.File    // likewise, but handed out once
}

var posix = struct {
	sync.Mutex
	files map[inode]*posixFile
}{files: map[inode]*posixFile{}}

func newPOSIXLocks(fd, access int, at inode) locks {
	posix.Lock()
	defer posix.Unlock()
	f := posix.files[at]
	if f == nil {
		f = &posixFile{nodes: map[uint16]*posixLocks{}, spare: map[int][]int{}}
		posix.files[at] = f
	}
	f.handles++
	return &posixLocks{fd: fd, access: access, file: f, at: at}
}

// reuseDescriptor returns a descriptor of the file that had to stay open, so
// that looking at a segment again and again does not pile them up.
func reuseDescriptor(access int, at inode) (int, bool) {
	posix.Lock()
	defer posix.Unlock()
	f := posix.files[at]
	if f == nil || len(f.spare[access]) == 0 {
		return -1, false
	}
	last := len(f.spare[access]) - 1
	fd := f.spare[access][last]
	f.spare[access] = f.spare[access][:last]
	return fd, true
}

func (l *posixLocks) set(kind int16, start, length int64) (bool, error) {
	return setLock(l.fd, unix.F_SETLK, kind, start, length)
}

func (l *posixLocks) join() (ok bool, err error) {
	posix.Lock()
	defer posix.Unlock()
	switch {
	case l.member:
		return true, nil
	case l.file.all:
		return false, nil
	case l.file.members > 0:
		ok = true
	default:
		ok, err = l.set(unix.F_RDLCK, memberByte, 1)
	}
	if ok {
		l.member = true
		l.file.members++
	}
	return ok, err
}

func (l *posixLocks) lockNode(node uint16) (bool, error) {
	posix.Lock()
	defer posix.Unlock()
	if l.file.all || l.file.nodes[node] != nil {
		return false, nil
	}
	ok, err := l.set(unix.F_WRLCK, int64(node), 1)
	if ok {
		l.file.nodes[node] = l
	}
	return ok, err
}

func (l *posixLocks) unlockNode(node uint16) (bool, error) {
	posix.Lock()
	defer posix.Unlock()
	if l.file.nodes[node] != l {
		return false, nil
	}
	if _, err := l.set(unix.F_UNLCK, int64(node), 1); err != nil {
		return false, err
	}
	delete(l.file.nodes, node)
	return true, nil
}

func (l *posixLocks) alive(node uint16) (bool, error) {
	posix.Lock()
	defer posix.Unlock()
	if l.file.all || l.file.nodes[node] != nil {
		return true, nil
	}
	_, held, err := getLock(l.fd, unix.F_GETLK, int64(node), 1)
	return held, err
}

func (l *posixLocks) claimAll() (bool, error) {
	posix.Lock()
	defer posix.Unlock()
	if l.file.all || l.file.members > 0 || len(l.file.nodes) > 0 {
		return false, nil
	}
	ok, err := l.set(unix.F_WRLCK, 0, lockRange)
	l.all, l.file.all = ok, ok
	return ok, err
}

func (l *posixLocks) holders() (Holders, error) {
	posix.Lock()
	defer posix.Unlock()
	if l.file.all && !l.all {
		return Holders{Removing: true}, nil
	}
	h, err := scanLocks(l.fd, unix.F_GETLK)
	if err != nil || h.Removing {
		return h, err
	}
	h.Members = h.Members || l.file.members > 0
	for node := range l.file.nodes {
		h.Nodes = append(h.Nodes, node)
	}
	slices.Sort(h.Nodes)
	return h, nil
}

func (l *posixLocks) close(more ...*os.File) error {
	posix.Lock()
	defer posix.Unlock()
	f, errs := l.file, []error(nil)
	drop := func(start, length int64) {
		_, err := l.set(unix.F_UNLCK, start, length)
		errs = append(errs, err)
	}
	for node, holder := range f.nodes {
		if holder == l {
			drop(int64(node), 1)
			delete(f.nodes, node)
		}
	}
	if l.member {
		if f.members--; f.members == 0 {
			drop(memberByte, 1)
		}
	}
	if l.all {
		drop(0, lockRange)
		f.all = false
	}
	f.handles--
	f.spare[l.access] = append(f.spare[l.access], l.fd)
	f.shut = append(f.shut, more...)
	if f.members == 0 && len(f.nodes) == 0 && !f.all {
		errs = append(errs, f.closeSpare())
	}
	if f.handles == 0 {
		delete(posix.files, l.at)
	}
	return errors.Join(errs...)
}

func (f *posixFile) closeSpare() error {
	var errs []error
	for _, fds := range f.spare {
		for _, fd := range fds {
			errs = append(errs, closeDescriptor(fd))
		}
	}
	for _, file := range f.shut {
		file.Close() // may have been closed by the caller
	}
	clear(f.spare)
	f.shut = nil
	return errors.Join(errs...)
}
