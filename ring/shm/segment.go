//go:build linux || darwin || freebsd

package shm

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/ring/layout"
)

// Segment is one mapping of a segment, with this handle's share of its locks.
// Its methods may be called from any goroutine. Close unmaps: whoever still
// touches the bytes then faults, so the users of Bytes must be done before.
// Whatever it holds ends with the process, however that dies.
type Segment struct {
	id       layout.Identity
	path     string
	readOnly bool
	created  bool

	mu      sync.RWMutex // guards what follows, and the lock handle
	object  *object
	data    []byte
	handed  *os.File // for children: locks nothing
	adopted *os.File // from the parent, kept where closing it would drop locks
	closed  bool
}

// mapObject maps all of a checked object. The caller keeps it on error.
func mapObject(o *object, id layout.Identity, readOnly bool) (*Segment, error) {
	prot := unix.PROT_READ | unix.PROT_WRITE
	if readOnly {
		prot = unix.PROT_READ
	}
	data, err := unix.Mmap(o.fd, 0, int(id.Geometry.Size()), prot, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return &Segment{id: id, readOnly: readOnly, object: o, data: data}, nil
}

func (s *Segment) unmap() error {
	data := s.data
	s.data = nil
	return os.NewSyscallError("munmap", unix.Munmap(data))
}

// Bytes returns the whole mapping, exactly Identity().Geometry.Size() long, or
// nil after Close. The file may be truncated by whoever may write it; touching
// bytes beyond its end raises SIGBUS in the process that does, so code that
// must survive it runs under Guarded.
func (s *Segment) Bytes() []byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.data
}

// Identity returns what the header said when it was checked.
func (s *Segment) Identity() layout.Identity { return s.id }

// ReadOnly tells whether stores into Bytes fault.
func (s *Segment) ReadOnly() bool { return s.readOnly }

// Created tells whether this very call made the segment.
func (s *Segment) Created() bool { return s.created }

// Path returns where the segment was found, "" if it has no name.
func (s *Segment) Path() string { return s.path }

// Named tells whether Path still leads to this segment, and not to nothing or to
// another one. Of a segment without a name it is false.
func (s *Segment) Named() (bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return false, s.fail("ask", ErrClosed)
	}
	if s.path == "" {
		return false, nil
	}
	ok, err := s.object.named(s.path)
	return ok, s.fail("ask", err)
}

// TryLock takes the lock of a node, for as long as this Segment is open. False
// means that a live process holds it, be it this one. An observer gets
// ErrReadOnly.
func (s *Segment) TryLock(node uint16) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false, s.fail("lock", ErrClosed)
	}
	if s.readOnly {
		return false, s.fail("lock", ErrReadOnly)
	}
	ok, err := s.object.lockNode(node)
	return ok, s.fail("lock", err)
}

// Unlock gives the lock of a node back. A node that is not held through this
// Segment gets ErrNotHeld.
func (s *Segment) Unlock(node uint16) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return s.fail("unlock", ErrClosed)
	}
	held, err := s.object.unlockNode(node)
	if err == nil && !held {
		err = fmt.Errorf("%w: node %d", ErrNotHeld, node)
	}
	return s.fail("unlock", err)
}

// Alive tells whether any process holds the lock of a node, this one included.
// It is one system call at most. True may be out of date when it returns; false
// may be so only if somebody took the node meanwhile. While a remover tries its
// luck on a segment that only observers have, they see every node alive.
func (s *Segment) Alive(node uint16) (bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return false, s.fail("ask", ErrClosed)
	}
	alive, err := s.object.alive(node)
	return alive, s.fail("ask", err)
}

// Holders returns who is alive, for inspectors: it asks the kernel once or
// twice for every lock there is.
func (s *Segment) Holders() (Holders, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return Holders{}, s.fail("ask", ErrClosed)
	}
	h, err := s.object.holders()
	return h, s.fail("ask", err)
}

// Close unmaps, drops all locks and closes the descriptors. Further calls
// return nil; all other methods but the plain facts return ErrClosed.
func (s *Segment) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	// The mapping goes first: from the moment the locks are gone others take
	// this process for dead, and must not find it writing.
	err := s.unmap()
	var files []*os.File
	for _, f := range []*os.File{s.handed, s.adopted} {
		if f != nil {
			files = append(files, f)
		}
	}
	return s.fail("close", errors.Join(err, s.object.close(files...)))
}

func (s *Segment) fail(op string, err error) error {
	if s.path == "" {
		return failed(op, "segment without a name", err)
	}
	return failed(op, s.path, err)
}
