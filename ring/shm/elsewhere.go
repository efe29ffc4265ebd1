//go:build !linux && !darwin && !freebsd

package shm

import (
	"os"

	"github.com/orbitring/orbit/ring/layout"
)

const systemSupported = false

func defaultDir() string { return os.TempDir() }

// Segment cannot be had on this system: whatever makes one returns
// ErrUnsupported.
type Segment struct{}

func Open(string, layout.Identity, Options) (*Segment, error) { return nil, unsupported("open") }
func Attach(string, Options) (*Segment, error)                { return nil, unsupported("attach") }
func Observe(string, Options) (*Segment, error)               { return nil, unsupported("observe") }
func Unnamed(layout.Identity, Options) (*Segment, error)      { return nil, unsupported("create") }
func AttachFile(*os.File, bool) (*Segment, error)             { return nil, unsupported("attach") }
func List(Options, string) ([]Entry, error)                   { return nil, unsupported("list") }
func Remove(string, Options) error                            { return unsupported("remove") }

func Space(Options) (total, free uint64, err error) { return 0, 0, unsupported("measure") }

func (*Segment) Guarded(read func() error) error { return read() }
func (*Segment) Bytes() []byte                   { return nil }
func (*Segment) Identity() layout.Identity       { return layout.Identity{} }
func (*Segment) ReadOnly() bool                  { return false }
func (*Segment) Created() bool                   { return false }
func (*Segment) Path() string                    { return "" }
func (*Segment) Named() (bool, error)            { return false, unsupported("ask") }
func (*Segment) File() (*os.File, error)         { return nil, unsupported("hand over") }
func (*Segment) TryLock(uint16) (bool, error) {
	return false, unsupported("lock")
}
func (*Segment) Unlock(uint16) error        { return unsupported("unlock") }
func (*Segment) Alive(uint16) (bool, error) { return false, unsupported("ask") }
func (*Segment) Holders() (Holders, error)  { return Holders{}, unsupported("ask") }
func (*Segment) Close() error               { return nil }
