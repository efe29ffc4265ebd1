//go:build !(linux && amd64)

package killpoint

import "os"

func serve(Role, string, int) error { return ErrUnsupported }

// Stage cannot be had on this system.
type Stage struct{}

// Child cannot be had on this system.
type Child struct{ Boundary int }

// Scene is what a test does around every child.
type Scene struct{ Before, Ready func() error }

// Survey cannot be had on this system.
type Survey struct{}

// Start returns ErrUnsupported.
func Start(string, string, ...*os.File) (*Stage, error) { return nil, ErrUnsupported }

// Survey returns ErrUnsupported.
func (*Stage) Survey(Scene) (*Survey, error) { return nil, ErrUnsupported }

// Close does nothing.
func (*Stage) Close() error { return nil }

// Pid returns 0.
func (*Child) Pid() int { return 0 }

// Kill does nothing.
func (*Child) Kill() error { return nil }

// Resume returns ErrUnsupported.
func (*Child) Resume(any) error { return ErrUnsupported }

// Again returns ErrUnsupported.
func (*Child) Again(any) error { return ErrUnsupported }

// Boundaries returns 0.
func (*Survey) Boundaries() int { return 0 }

// Calls returns 0.
func (*Survey) Calls() int { return 0 }

// At returns ErrUnsupported.
func (*Survey) At(int) (*Child, error) { return nil, ErrUnsupported }

// Sweep covers nothing.
func (*Survey) Sweep(Plan, func(*Child) (string, error)) Coverage {
	return Coverage{Failures: []Failure{{Err: ErrUnsupported}}}
}

// Walk covers nothing.
func (*Survey) Walk(func(*Child) (string, error)) Coverage {
	return Coverage{Failures: []Failure{{Err: ErrUnsupported}}}
}
