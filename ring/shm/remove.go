//go:build linux || darwin || freebsd

package shm

import (
	"golang.org/x/sys/unix"
)

// Remove unlinks a segment that no live process is a member of; observers do
// not count. A damaged segment, or one of another mode, can be removed too, as
// long as it is a regular file of the owner that the name states. In use, the
// error is an *InUseError that names the holders.
func Remove(name string, o Options) error {
	const op = "remove"
	n, p, err := target(op, name, o)
	if err != nil {
		return err
	}
	path := p.path(n)
	for try := range maxTries {
		pause(try)
		linked, err := remove(path, n)
		if err == errMoved {
			continue
		}
		if err == nil && linked {
			err = sweepDrafts(p.dir) // the creator died before it dropped the draft's name
		}
		return failed(op, path, err)
	}
	return failed(op, path, &InUseError{Holders{Removing: true}})
}

// remove returns whether the file has another name left.
func remove(path string, n segmentName) (linked bool, err error) {
	o, err := openObject(path, unix.O_RDWR, rules{uid: n.uid})
	if err != nil {
		return false, err
	}
	defer o.close()
	if ok, err := o.claimAll(); err != nil {
		return false, err
	} else if !ok {
		h, err := o.holders()
		if err != nil {
			return false, err
		}
		if h.Removing || !h.Members && len(h.Nodes) == 0 {
			return false, errMoved // another remover, or the last member just left
		}
		return false, &InUseError{h}
	}
	// From here no process of this package changes what the name leads to, if it
	// leads to what was locked.
	if ok, err := o.named(path); err != nil || !ok {
		return false, orMoved(err)
	}
	if err := unlink(path); err != nil {
		return false, err
	}
	var st unix.Stat_t
	err = fstat(o.fd, &st)
	return st.Nlink > 0, err
}
