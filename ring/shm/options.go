package shm

import (
	"io/fs"
	"path/filepath"
)

// Options say where segments live and who may use them. The zero value means
// this user's segments in the default directory.
type Options struct {
	// Dir is the directory. "" means /dev/shm on Linux and os.TempDir()
	// elsewhere. All members of a fleet name the same one.
	Dir string
	// Mode is the access policy: 0600 owner only (also what 0 means), 0640
	// group may observe, 0660 group may attach. An existing segment must have
	// exactly this mode.
	Mode fs.FileMode
	// Group is the id of the group that Mode lets in. 0 leaves it to the file
	// system when a segment is created, and asks nothing of one that exists. Any
	// other is given before the name appears, for which the creator must belong
	// to it, and an existing segment must have it.
	Group uint32
}

// place is Options after their checks.
type place struct {
	dir   string
	mode  uint32
	group uint32
}

func (o Options) place(op string) (place, error) {
	if err := unsupported(op); err != nil {
		return place{}, err
	}
	p := place{dir: o.Dir, mode: uint32(o.Mode), group: o.Group}
	if p.dir == "" {
		p.dir = defaultDir()
	}
	if p.mode == 0 {
		p.mode = 0o600
	}
	if !allowedMode(p.mode) {
		return place{}, &Error{Op: op, Path: p.dir, Err: &ModeError{Mode: o.Mode}, Remedy: "use one of these three"}
	}
	return p, nil
}

func (p place) path(n segmentName) string { return filepath.Join(p.dir, n.text) }

func allowedMode(mode uint32) bool { return mode == 0o600 || mode == 0o640 || mode == 0o660 }

// DefaultDir returns the directory that an empty Options.Dir means.
func DefaultDir() string { return defaultDir() }
