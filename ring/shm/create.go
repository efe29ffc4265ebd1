//go:build linux || darwin || freebsd

package shm

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/ring/layout"
)

var (
	// errMoved: another process changed the object in between; start over.
	errMoved = errors.New("orbit: the object changed during the operation")
	// errTaken: somebody else's draft got the name first.
	errTaken = errors.New("orbit: the name was taken during creation")
)

// step lets tests stop a creator between the steps of the package comment.
var step = func(string) {}

// create makes a segment and gives it the name path; "" leaves it without any.
// id has passed Normalize. errTaken and errMoved ask the caller to look again.
func create(path string, p place, uid uint32, id layout.Identity) (*Segment, error) {
	d, err := use.draft(p.dir)
	if err != nil {
		return nil, err
	}
	step("opened")
	s, err := d.fill(p, uid, id)
	if err == nil && path != "" {
		err = d.publish(path)
		step("named")
	}
	if err == nil && path == "" {
		err = d.hide()
	}
	if err == nil {
		s.path, s.created = path, true
		return s, nil
	}
	if s != nil {
		err = errors.Join(err, s.unmap())
	}
	if undo := errors.Join(d.hide(), d.close()); undo != nil {
		return nil, errors.Join(err, undo)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, errTaken
	case errors.Is(err, errMoved):
		return nil, errMoved
	case outOfSpace(err):
		return nil, spaceError(p.dir, id.Geometry.Size(), err)
	}
	return nil, err
}

func (d *draft) fill(p place, uid uint32, id layout.Identity) (*Segment, error) {
	if ok, err := d.join(); err != nil || !ok {
		return nil, errors.Join(err, errMoved) // refused: taken for a dead creator's
	}
	step("locked")

	if err := d.admit(p); err != nil {
		return nil, err
	}
	// Some file systems have their own idea of owners and modes; a segment that
	// no attacher would accept must not get a name.
	if err := d.recheck(p.rules(uid)); err != nil {
		return nil, fmt.Errorf("a new file here: %w", err)
	}
	step("mode")

	if err := reserve(d.fd, id.Geometry.Size()); err != nil {
		return nil, err
	}
	step("reserved")

	id.Created, id.Minor = time.Now(), layout.Minor
	for id.Instance = 0; id.Instance == 0; {
		id.Instance = rand.Uint64()
	}
	var header [layout.IdentitySize]byte
	id.Encode(header[:])
	if _, err := descriptor(d.fd).WriteAt(header[:], 0); err != nil {
		return nil, os.NewSyscallError("pwrite", err)
	}
	step("header")

	s, err := mapObject(d.object, id, false)
	step("mapped")
	return s, err
}

// admit sets who may use the draft: the group first, since changing it may take
// bits of the mode away.
func (d *draft) admit(p place) error {
	if p.group != 0 {
		err := uninterrupted("fchown", func() error { return unix.Fchown(d.fd, -1, int(p.group)) })
		if err != nil {
			return &GroupError{Group: p.group, Err: err}
		}
	}
	return uninterrupted("fchmod", func() error { return unix.Fchmod(d.fd, p.mode) })
}
