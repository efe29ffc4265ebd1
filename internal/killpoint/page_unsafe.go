//go:build linux && amd64

package killpoint

import (
	"encoding/json"
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Phases of a child, as its page says. The child alone writes them.
const (
	setup   uint32 = iota
	running        // the operation begins with the next instruction
	done           // the operation has ended with the previous one
	failed         // the report is the text of an error
	refused        // the same, and the system is the cause
)

// page is the memory that a test and its children have in common. One child
// lives at a time.
type page struct {
	phase  atomic.Uint32
	length atomic.Uint32
	report [pageSize - 8]byte
}

const pageSize = 4096

func newPage() (fd int, p *page, err error) {
	fd, err = unix.MemfdCreate("killpoint", unix.MFD_CLOEXEC)
	if err != nil {
		return -1, nil, fmt.Errorf("memfd_create: %w", err)
	}
	if err = unix.Ftruncate(fd, pageSize); err == nil {
		p, err = mapPage(fd)
	}
	if err != nil {
		unix.Close(fd)
		return -1, nil, err
	}
	return fd, p, nil
}

func mapPage(fd int) (*page, error) {
	mem, err := unix.Mmap(fd, 0, pageSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mmap: %w", err)
	}
	return (*page)(unsafe.Pointer(unsafe.SliceData(mem))), nil
}

func (p *page) unmap() error { return unix.Munmap(unsafe.Slice((*byte)(unsafe.Pointer(p)), pageSize)) }

// tell stores the result of f, or nothing.
func (p *page) tell(f func() any) {
	p.length.Store(0)
	if f == nil {
		return
	}
	text, err := json.Marshal(f())
	if err != nil {
		p.fail(failed, err)
		return
	}
	p.length.Store(uint32(copy(p.report[:], text)))
}

func (p *page) fail(phase uint32, err error) {
	p.length.Store(uint32(copy(p.report[:], err.Error())))
	p.phase.Store(phase)
}

func (p *page) text() string { return string(p.report[:min(int(p.length.Load()), len(p.report))]) }
