package layout

import (
	"errors"
	"fmt"
)

var (
	// ErrGeometry: a geometry breaks a rule; the detail is a *GeometryError.
	ErrGeometry = errors.New("orbit: bad geometry")
	// ErrForeign: the bytes are not an Orbit segment, or of a layout that this
	// build cannot read; the detail is a *HeaderError.
	ErrForeign = errors.New("orbit: not a segment this build can read")
	// ErrCorrupt: the header contradicts itself; the detail is a *HeaderError.
	ErrCorrupt = errors.New("orbit: corrupt segment header")
	// ErrMismatch: a whole segment, but not the one that was asked for; the
	// detail is a *MismatchError.
	ErrMismatch = errors.New("orbit: segment does not match")
)

// GeometryError names the field, its value and the rule it breaks.
type GeometryError struct {
	Field string
	Value uint64
	Rule  string
}

func (e *GeometryError) Error() string {
	return fmt.Sprintf("orbit: bad geometry: %s is %d: %s", e.Field, e.Value, e.Rule)
}

func (e *GeometryError) Unwrap() error { return ErrGeometry }

// HeaderError names the header field that cannot be right. Err is ErrForeign
// or ErrCorrupt.
type HeaderError struct {
	Err   error
	Field string
	Have  string
	Want  string
}

func (e *HeaderError) Error() string {
	return fmt.Sprintf("%v: %s is %s, want %s", e.Err, e.Field, e.Have, e.Want)
}

func (e *HeaderError) Unwrap() error { return e.Err }

// MismatchError names the first field in which the segment differs from what
// was asked for, and both values.
type MismatchError struct {
	Field string
	Have  string // in the segment
	Want  string // asked for
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("%v: %s is %s in the segment, %s was asked for", ErrMismatch, e.Field, e.Have, e.Want)
}

func (e *MismatchError) Unwrap() error { return ErrMismatch }
