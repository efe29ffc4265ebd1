//go:build linux || darwin || freebsd

package shm

import (
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
		if r == nil {
			// A page that was cut in its middle reads as zeros and does not fault.
			if short := s.truncated(0); short.Have < short.Want {
				short.Offset = short.Have
				err = s.fail("read", short)
			}
			return
		}
		fault, ok := r.(interface{ Addr() uintptr })
		if !ok {
			panic(r)
		}
		offset := uint64(fault.Addr() - uintptr(unsafe.Pointer(unsafe.SliceData(data))))
		if offset >= uint64(len(data)) {
			panic(r)
		}
		err = s.fail("read", s.truncated(offset))
	}()
	return read()
}

func (s *Segment) truncated(offset uint64) *TruncatedError {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e := &TruncatedError{Offset: offset, Want: s.id.Geometry.Size(), Have: s.id.Geometry.Size()}
	var st unix.Stat_t
	if !s.closed && fstat(s.object.fd, &st) == nil {
		e.Have = uint64(st.Size)
	}
	return e
}
