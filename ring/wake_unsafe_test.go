//go:build linux

package ring_test

import (
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The raw futex floor: the cheapest way for one process to wake another that
// sleeps on a word of memory that both have mapped. No library, no slice, no
// look at anything else; the calls are made without telling Go's scheduler.

// floorWord is a word of a segment that no ring uses: its aux area begins there.
func floorWord(aux []byte) *uint32 { return (*uint32)(unsafe.Pointer(unsafe.SliceData(aux))) }

func floorSleep(word *uint32, value uint32) {
	for atomic.LoadUint32(word) == value {
		unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), 0, uintptr(value), 0, 0, 0)
	}
}

func floorWake(word *uint32) {
	atomic.AddUint32(word, 1)
	unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), 1, 1, 0, 0, 0)
}

func address(word *uint32) uintptr { return uintptr(unsafe.Pointer(word)) }
