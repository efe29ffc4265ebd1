package shm

import (
	"io/fs"
	"time"

	"github.com/orbitring/orbit/ring/layout"
)

// Entry is one object that List found.
type Entry struct {
	Name  string
	Path  string
	Fleet string // with Kind and UID as the name says; empty if it says nothing
	Kind  uint8
	UID   uint32
	Owner uint32 // of the object, as the file system knows it
	Group uint32
	Size  int64 // bytes, as the file system knows it
	Mode  fs.FileMode
	// Age is the time since creation by the header's stamp; where that cannot
	// be read, since the last change of the object. Both by the wall clock.
	Age time.Duration
	// Identity is valid if Err is nil; Err says why it could not be read.
	Identity layout.Identity
	Err      error
}
