//go:build linux || darwin || freebsd

package shm

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/ring/layout"
)

// Attach maps an existing segment to read and write it, as a member. Its
// geometry comes from its header.
func Attach(name string, o Options) (*Segment, error) {
	return attachPatiently("attach", name, o, unix.O_RDWR)
}

// Observe maps an existing segment read-only. It creates nothing and holds no
// lock of any sort, so it is no obstacle to a removal, after which it goes on
// seeing the old segment.
func Observe(name string, o Options) (*Segment, error) {
	return attachPatiently("observe", name, o, unix.O_RDONLY)
}

func attachPatiently(op, name string, o Options, access int) (*Segment, error) {
	n, p, err := target(op, name, o)
	if err != nil {
		return nil, err
	}
	path := p.path(n)
	for try := range maxTries {
		pause(try)
		s, err := attach(path, n, p, access, nil)
		if err != errMoved {
			return s, failed(op, path, err)
		}
	}
	return nil, failed(op, path, &InUseError{Holders{Removing: true}})
}

// attach follows the steps of the package comment once. want, unless nil, is
// what the segment must be; errMoved asks the caller to start over.
func attach(path string, n segmentName, p place, access int, want *layout.Identity) (*Segment, error) {
	o, err := openObject(path, access, p.rules(n.uid))
	if err != nil {
		return nil, err
	}
	s, err := o.attach(path, n, access, want)
	if err != nil {
		o.close()
		return nil, err
	}
	s.path = path
	return s, nil
}

func (o *object) attach(path string, n segmentName, access int, want *layout.Identity) (*Segment, error) {
	readOnly := access == unix.O_RDONLY
	if !readOnly {
		if ok, err := o.join(); err != nil || !ok {
			return nil, orMoved(err)
		}
		// Now no remover can come any more; but one may have been faster.
		if ok, err := o.named(path); err != nil || !ok {
			return nil, orMoved(err)
		}
	}
	id, err := o.identity()
	if err != nil {
		return nil, err
	}
	if id.Kind != n.kind {
		return nil, &layout.MismatchError{Field: "kind", Have: fmt.Sprint(id.Kind), Want: fmt.Sprint(n.kind)}
	}
	if want != nil {
		if err := id.Match(*want); err != nil {
			return nil, err
		}
	}
	return mapObject(o, id, readOnly)
}

func orMoved(err error) error {
	if err != nil {
		return err
	}
	return errMoved
}
