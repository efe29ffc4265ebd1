package shm

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Sentinels for errors.Is. Beside them come fs.ErrNotExist, fs.ErrExist and
// fs.ErrPermission from the system and ErrForeign, ErrCorrupt, ErrMismatch and
// ErrGeometry from package layout.
var (
	// ErrName: not the name of a segment; the detail is a *NameError.
	ErrName = errors.New("orbit: bad segment name")
	// ErrMode: not an access mode of segments; the detail is a *ModeError.
	ErrMode = errors.New("orbit: bad segment mode")
	// ErrNotOurs: under the name lies an object of another type, owner or mode;
	// the detail is an *ObjectError.
	ErrNotOurs = errors.New("orbit: not an object to use as a segment")
	// ErrNoSpace: the bytes could not be reserved; the detail is a *SpaceError.
	ErrNoSpace = errors.New("orbit: no space for the segment")
	// ErrTruncated: the file was cut short under the mapping; the detail is a
	// *TruncatedError.
	ErrTruncated = errors.New("orbit: segment was truncated")
	// ErrInUse: a live process holds the segment; the detail is an *InUseError.
	ErrInUse = errors.New("orbit: segment is in use")
	// ErrNotHeld: the node's lock is not held through this Segment.
	ErrNotHeld = errors.New("orbit: node lock is not held here")
	// ErrReadOnly: an observer was asked for a lock.
	ErrReadOnly = errors.New("orbit: segment is only observed")
	// ErrClosed: the Segment was closed. It is also os.ErrClosed.
	ErrClosed = fmt.Errorf("orbit: segment was closed: %w", os.ErrClosed)
	// ErrUnsupported: this build cannot share segments; the detail is an
	// *UnsupportedError. It is also errors.ErrUnsupported.
	ErrUnsupported = fmt.Errorf("orbit: segments cannot be shared by this build: %w", errors.ErrUnsupported)
)

// Error is what every function that touches an object returns: what was done,
// to which path, what went wrong with which values (Err) and what to do.
type Error struct {
	Op     string // "open", "attach", "observe", "list", "remove", …
	Path   string // or a description of a segment that has no name
	Err    error
	Remedy string
}

func (e *Error) Error() string {
	text := "orbit: " + e.Op + " " + e.Path + ": " + strings.TrimPrefix(e.Err.Error(), "orbit: ")
	if e.Remedy != "" {
		text += ": " + e.Remedy
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// NameError names the rule that a segment name breaks.
type NameError struct {
	Name string
	Rule string
}

func (e *NameError) Error() string { return fmt.Sprintf("%v: %q %s", ErrName, e.Name, e.Rule) }
func (e *NameError) Unwrap() error { return ErrName }

// ModeError names a mode that segments cannot have.
type ModeError struct{ Mode fs.FileMode }

func (e *ModeError) Error() string {
	return fmt.Sprintf("%v: %#o (%v), allowed are 0600, 0640 and 0660", ErrMode, uint32(e.Mode), e.Mode)
}
func (e *ModeError) Unwrap() error { return ErrMode }

// GroupError names a group that a new segment cannot be given. Err is the
// system's answer.
type GroupError struct {
	Group uint32
	Err   error
}

func (e *GroupError) Error() string {
	return fmt.Sprintf("orbit: a new segment cannot be given to group %d: %v", e.Group, e.Err)
}
func (e *GroupError) Unwrap() error { return e.Err }

// ObjectError names what about an object is not as it must be.
type ObjectError struct {
	Field string // "type", "owner", "group", "mode"
	Have  string
	Want  string
}

func (e *ObjectError) Error() string {
	return fmt.Sprintf("%v: %s is %s, want %s", ErrNotOurs, e.Field, e.Have, e.Want)
}
func (e *ObjectError) Unwrap() error { return ErrNotOurs }

// TruncatedError tells which byte was missing, and the sizes in bytes.
type TruncatedError struct {
	Offset uint64
	Have   uint64 // the size of the file now
	Want   uint64 // by its header
}

func (e *TruncatedError) Error() string {
	return fmt.Sprintf("%v: the file has %d bytes, its header says %d: byte %d is missing", ErrTruncated, e.Have, e.Want, e.Offset)
}
func (e *TruncatedError) Unwrap() error { return ErrTruncated }

// SpaceError tells how many bytes a segment needs, how many its file system has
// and how many of them are left, after the failed attempt was undone. Total is 0
// where the system knows no limit. Err is the system's answer.
type SpaceError struct {
	Need  uint64
	Free  uint64
	Total uint64
	Err   error
}

func (e *SpaceError) Error() string {
	return fmt.Sprintf("%v: need %d bytes, %d bytes are free of %d (%v)", ErrNoSpace, e.Need, e.Free, e.Total, e.Err)
}
func (e *SpaceError) Unwrap() []error { return []error{ErrNoSpace, e.Err} }

// InUseError names the live holders of a segment.
type InUseError struct{ Holders }

func (e *InUseError) Error() string {
	switch {
	case e.Removing:
		return fmt.Sprintf("%v: another process has been removing it for too long", ErrInUse)
	case len(e.Nodes) == 0:
		return fmt.Sprintf("%v: a live process is a member, holding no node", ErrInUse)
	}
	const most = 16
	list, more := fmt.Sprint(e.Nodes[:min(len(e.Nodes), most)]), ""
	if n := len(e.Nodes) - most; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("%v: live processes hold the nodes %s%s", ErrInUse, list, more)
}
func (e *InUseError) Unwrap() error { return ErrInUse }

// UnsupportedError names the build and what it lacks.
type UnsupportedError struct {
	OS, Arch string
	Rule     string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("orbit: segments cannot be shared by this %s/%s build: %s", e.OS, e.Arch, e.Rule)
}
func (e *UnsupportedError) Unwrap() error { return ErrUnsupported }
