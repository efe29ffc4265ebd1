//go:build linux || darwin || freebsd

package shm

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/ring/layout"
)

// Unnamed creates a segment that never has a name. Children get it as a
// descriptor, from File; it is gone when the last process is. (Without files
// that have no name it has a private one until it is complete.)
func Unnamed(id layout.Identity, o Options) (*Segment, error) {
	const op, what = "create", "segment without a name in "
	p, err := o.place(op)
	if err != nil {
		return nil, err
	}
	if id, err = id.Normalize(); err != nil {
		return nil, failed(op, what+p.dir, err)
	}
	for try := range maxTries {
		pause(try)
		s, err := create("", p, uint32(os.Geteuid()), id)
		if err != errMoved {
			return s, failed(op, what+p.dir, err)
		}
	}
	return nil, failed(op, what+p.dir, errMoved)
}

// File returns the segment as an open file to start children with, who pass it
// to AttachFile. It holds no lock, so a child that outlives this process does
// not keep it alive in the eyes of others. It belongs to the Segment: do not
// close it, Close does.
func (s *Segment) File() (*os.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, s.fail("hand over", ErrClosed)
	}
	const closed = ^uintptr(0)
	if s.handed != nil && s.handed.Fd() != closed {
		return s.handed, nil
	}
	access := unix.O_RDWR
	if s.readOnly {
		access = unix.O_RDONLY
	}
	fd, err := s.object.via.again(s.object.fd, access)
	if err != nil {
		return nil, s.fail("hand over", err)
	}
	s.handed = os.NewFile(uintptr(fd), "segment")
	return s.handed, nil
}

// AttachFile maps the segment behind a file that another process handed over:
// as a member, or read-only and without a lock like Observe. It takes f over
// and closes it in good time, also when it fails. Whoever handed f over chose
// it, so its owner and mode are not questioned; all else is checked as in
// Attach.
func AttachFile(f *os.File, readOnly bool) (*Segment, error) {
	const op = "attach"
	if err := unsupported(op); err != nil {
		return nil, err
	}
	if f == nil {
		return nil, failed(op, "segment from a file", os.ErrInvalid)
	}
	what := "segment from the file " + f.Name()
	access := unix.O_RDWR
	if readOnly {
		access = unix.O_RDONLY
	}
	fd, err := use.again(int(f.Fd()), access)
	if err != nil {
		f.Close()
		return nil, failed(op, what, err)
	}
	o, err := newObject(fd, access, use)
	if err != nil {
		f.Close()
		return nil, failed(op, what, err)
	}
	s, err := o.adopt(readOnly)
	if err != nil {
		return nil, failed(op, what, errors.Join(err, o.close(f)))
	}
	if o.via.shut {
		s.adopted = f
	} else {
		f.Close()
	}
	return s, nil
}

func (o *object) adopt(readOnly bool) (*Segment, error) {
	var st unix.Stat_t
	if err := fstat(o.fd, &st); err != nil {
		return nil, err
	}
	if err := (rules{uid: st.Uid}).check(&st); err != nil {
		return nil, err
	}
	if !readOnly {
		if ok, err := o.join(); err != nil {
			return nil, err
		} else if !ok {
			return nil, &InUseError{Holders{Removing: true}}
		}
	}
	id, err := o.identity()
	if err != nil {
		return nil, err
	}
	return mapObject(o, id, readOnly)
}
