//go:build linux || darwin || freebsd

package shm

import (
	"runtime"
	"runtime/debug"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Guarded runs read, which touches the segment's bytes in the caller's
// goroutine, and returns its error. Where the file was cut short under the
// mapping, read ends at the page that is missing, or has seen zeros, and the error
// is a *TruncatedError; without the guard the process would die of SIGBUS. It is for
// inspection and other slow paths: what read had in hand when it ended is as a
// panic leaves it, so a ring over this segment may be left but not used again.
// Any other panic goes on.
func (s *Segment) Guarded(read func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	data := s.Bytes()
	defer func() {
		r := recover()
		e := s.truncated()
		switch fault, located := r.(interface{ Addr() uintptr }); {
		case located:
			e.Offset = uint64(fault.Addr() - uintptr(unsafe.Pointer(unsafe.SliceData(data))))
			if e.Offset >= uint64(len(data)) {
				panic(r)
			}
		case r != nil && (!isRuntimeError(r) || e.Have >= e.Want): // emulators do not say where a fault was
			panic(r)
		case e.Have >= e.Want:
			return // all is well; a page that was cut in its middle reads as zeros and does not fault
		}
		err = s.fail("read", e)
	}()
	return read()
}

func isRuntimeError(r any) bool {
	_, ok := r.(runtime.Error)
	return ok
}

// truncated compares the file's size with what it should be.
func (s *Segment) truncated() *TruncatedError {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e := &TruncatedError{Have: s.id.Geometry.Size(), Want: s.id.Geometry.Size()}
	var st unix.Stat_t
	if !s.closed && fstat(s.object.fd, &st) == nil {
		e.Have = uint64(st.Size)
	}
	e.Offset = min(e.Have, e.Want)
	return e
}
