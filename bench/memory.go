package bench

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A mapping is shared memory that never has a name: nothing of it can outlive
// the processes that hold it.
type mapping struct {
	file *os.File
	mem  []byte
}

// newMapping creates size bytes, all zero and all present.
func newMapping(size int) (*mapping, error) {
	f, err := unnamedFile(size)
	if errors.Is(err, unix.ENOSPC) {
		return nil, fmt.Errorf("%w: %s of /dev/shm for the harness itself; mount it larger (Docker --shm-size)", ErrRoom, byteCount(uint64(size)))
	}
	if err != nil {
		return nil, fmt.Errorf("shared memory of %d bytes: %w", size, err)
	}
	return mapFile(f, size)
}

// mapFile maps a file that another process created. It takes the file over.
func mapFile(f *os.File, size int) (*mapping, error) {
	mem, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		f.Close()
		return nil, os.NewSyscallError("mmap", err)
	}
	m := &mapping{f, mem}
	// Have every page in this process before it is measured.
	touched := byte(0)
	for i := 0; i < size; i += os.Getpagesize() {
		touched |= mem[i]
	}
	_ = touched
	return m, nil
}

// mapWhole is mapFile for all of the file.
func mapWhole(f *os.File) (*mapping, error) {
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	return mapFile(f, int(info.Size()))
}

func (m *mapping) close() error {
	err := unix.Munmap(m.mem)
	m.mem = nil
	if e := m.file.Close(); err == nil {
		err = e
	}
	return err
}
