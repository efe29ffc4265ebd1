//go:build linux || darwin || freebsd

package shm

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/ring/layout"
)

// List returns the segments of a fleet, or of all for "", in the order of their
// names; whatever the owner, and whatever allowed mode (Options.Mode is not
// looked at). What goes by a segment's name but is not to be trusted as one is
// listed with its error and not opened; nothing is ever opened for writing. An
// error of List itself means that the directory could not be read.
func List(o Options, fleet string) ([]Entry, error) {
	const op = "list"
	o.Mode = 0
	p, err := o.place(op)
	if err != nil {
		return nil, err
	}
	prefix := namePrefix
	if fleet != "" {
		if rule := fleetRule(fleet); rule != "" {
			return nil, failed(op, p.dir, &NameError{Name: fleet, Rule: rule})
		}
		prefix += fleet + "-"
	}
	found, err := os.ReadDir(p.dir)
	if err != nil {
		return nil, failed(op, p.dir, err)
	}
	var entries []Entry
	for _, f := range found {
		if !strings.HasPrefix(f.Name(), prefix) {
			continue
		}
		n, err := parseName(f.Name())
		if err == nil && fleet != "" && n.fleet != fleet {
			continue // "a" and "a-b" begin alike
		}
		e, exists := entry(filepath.Join(p.dir, f.Name()), n, err)
		if exists {
			entries = append(entries, e)
		}
	}
	return entries, nil
}

func entry(path string, n segmentName, nameErr error) (Entry, bool) {
	e := Entry{Name: filepath.Base(path), Path: path, Fleet: n.fleet, Kind: n.kind, UID: n.uid}
	var st unix.Stat_t
	err := lstat(path, &st)
	if isNotExist(err) {
		return e, false
	}
	if err == nil {
		e.Size, e.Mode, e.Owner, e.Group = st.Size, fileMode(&st), st.Uid, st.Gid
		e.Age = age(time.Unix(st.Mtim.Unix()))
		err = nameErr
	}
	if err == nil {
		e.Identity, err = peek(path, n, &st)
	}
	if isNotExist(err) {
		return e, false
	}
	if err == nil {
		e.Age = age(e.Identity.Created)
	}
	e.Err = failed("list", path, err)
	return e, true
}

func peek(path string, n segmentName, st *unix.Stat_t) (layout.Identity, error) {
	if mode := uint32(st.Mode) & 0o7777; uint32(st.Mode)&unix.S_IFMT == unix.S_IFREG && !allowedMode(mode) {
		return layout.Identity{}, &ObjectError{Field: "mode", Have: fmt.Sprintf("%#o", mode), Want: "0600, 0640 or 0660"}
	}
	o, err := openObject(path, unix.O_RDONLY, rules{uid: n.uid})
	if err != nil {
		return layout.Identity{}, err
	}
	defer o.close()
	id, err := o.identity()
	if err == nil && id.Kind != n.kind {
		err = &layout.MismatchError{Field: "kind", Have: fmt.Sprint(id.Kind), Want: fmt.Sprint(n.kind)}
	}
	return id, err
}

func age(since time.Time) time.Duration { return max(time.Since(since), 0) }
