//go:build linux

package bench

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// futexWait and futexWake are the bare system calls, without the runtime's
// knowledge: what a wake-up costs the kernel and the processor alone.
func futexWait(word *uint32, value uint32) {
	const wait = 0 // FUTEX_WAIT
	unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), wait, uintptr(value), 0, 0, 0)
}

func futexWake(word *uint32) {
	const wake = 1 // FUTEX_WAKE
	unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), wake, 1, 0, 0, 0)
}

// canWake says that mode wake has a floor here.
const canWake = true
