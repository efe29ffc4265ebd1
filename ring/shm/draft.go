//go:build linux || darwin || freebsd

package shm

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// draft is a file on its way to become a segment.
type draft struct {
	*object
	publish func(path string) error // give the name; EEXIST if it is taken
	hide    func() error            // make sure that no name is left
}

const (
	draftPrefix = ".orbit-"
	draftSuffix = ".draft"
)

// draftWithName opens a file under a private name, for systems without files
// that have none. A creator that is killed leaves it behind: it blocks nothing,
// and the next creator in the directory removes it.
func draftWithName(dir string) (*draft, error) {
	if err := sweepDrafts(dir); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%s%016x%s", draftPrefix, rand.Uint64(), draftSuffix)
	path := filepath.Join(dir, name)
	fd, err := openRaw(path, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, os.NewSyscallError("open", err)
	}
	hide := func() error {
		if err := unlink(path); !isNotExist(err) {
			return err
		}
		return nil
	}
	o, err := newObject(fd, unix.O_RDWR, use)
	if err != nil {
		return nil, errors.Join(err, hide())
	}
	return &draft{
		object: o,
		hide:   hide,
		publish: func(to string) error {
			// link refuses a taken name on every system, rename does not.
			err := uninterrupted("link", func() error { return unix.Link(path, to) })
			if isNotExist(err) {
				return errMoved // swept before it was locked
			}
			if err == nil {
				step("linked")
				hide() // if it fails, the segment is good and the next sweep tries again
			}
			return err
		},
	}, nil
}

// sweepDrafts removes this user's drafts whose creators are dead, which is to
// say, whose lock nobody holds.
func sweepDrafts(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), draftPrefix) || !strings.HasSuffix(e.Name(), draftSuffix) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		o, err := openObject(path, unix.O_RDWR, rules{uid: uint32(os.Geteuid())})
		if err != nil {
			continue // somebody else's, or gone
		}
		if dead, err := o.claimAll(); err == nil && dead {
			unlink(path)
		}
		o.close()
	}
	return nil
}
