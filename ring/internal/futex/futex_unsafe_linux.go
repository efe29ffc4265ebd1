package futex

import (
	"runtime"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	opWait = 0 // FUTEX_WAIT, shared between processes
	opWake = 1 // FUTEX_WAKE

	waitvSize32  = 2   // FUTEX2_SIZE_U32
	waitvPrivate = 128 // FUTEX2_PRIVATE

	membarrierQuery                   = 0
	membarrierGlobalExpedited         = 1 << 1
	membarrierRegisterGlobalExpedited = 1 << 2
)

// Sleep waits until somebody wakes addr, at most d, and not at all if *addr is
// not value. It may return early; the caller looks again. The thread sleeps,
// the goroutine's processor serves others meanwhile.
func Sleep(addr *uint32, value uint32, d time.Duration) error {
	if Feature(refused.Load())&Wait != 0 {
		return ErrUnsupported
	}
	ts := unix.NsecToTimespec(int64(d))
	_, _, e := unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(addr)), opWait, uintptr(value),
		uintptr(unsafe.Pointer(&ts)), 0, 0)
	return result(e, Wait)
}

// waitv is struct futex_waitv.
type waitv struct {
	value uint64
	addr  uint64
	flags uint32
	_     uint32
}

// SleepTwo is Sleep on a word of shared memory and a word of this process at
// once: waking either ends it.
func SleepTwo(shared *uint32, value uint32, private *uint32, privateValue uint32, d time.Duration) error {
	if Feature(refused.Load())&WaitTwo != 0 {
		return ErrUnsupported
	}
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return err
	}
	end := now.Nano() + int64(d)
	until := [2]int64{end / 1e9, end % 1e9} // a 64-bit timespec on every architecture
	words := [2]waitv{
		{value: uint64(value), addr: uint64(uintptr(unsafe.Pointer(shared))), flags: waitvSize32},
		{value: uint64(privateValue), addr: uint64(uintptr(unsafe.Pointer(private))), flags: waitvSize32 | waitvPrivate},
	}
	_, _, e := unix.Syscall6(unix.SYS_FUTEX_WAITV, uintptr(unsafe.Pointer(&words)), uintptr(len(words)), 0,
		uintptr(unsafe.Pointer(&until)), unix.CLOCK_MONOTONIC, 0)
	runtime.KeepAlive(shared)
	runtime.KeepAlive(private)
	return result(e, WaitTwo)
}

// result sorts what a sleep returned: whatever ended it is no error, but a
// system that refuses the call is, now and from then on.
func result(e unix.Errno, f Feature) error {
	switch e {
	case 0, unix.EAGAIN, unix.EINTR, unix.ETIMEDOUT:
		return nil
	case unix.ENOSYS, unix.EPERM, unix.EACCES:
		refused.Or(uint32(f))
		return ErrUnsupported
	}
	return e
}

// WakeAll wakes every thread that sleeps on addr, in whatever process.
func WakeAll(addr *uint32) {
	unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(addr)), opWake, 1<<31-1, 0, 0, 0)
}

// WakePrivate wakes the thread that sleeps on a private word in SleepTwo.
func WakePrivate(addr *uint32) {
	const private = 128 // FUTEX_PRIVATE_FLAG
	unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(addr)), opWake|private, 1, 0, 0, 0)
}

var registered = sync.OnceValue(func() bool {
	_, _, e := unix.Syscall(unix.SYS_MEMBARRIER, membarrierRegisterGlobalExpedited, 0, 0)
	return e == 0
})

// Register lets Fence of other processes reach the threads of this one. False:
// refused, this process has to fence for itself.
func Register() bool {
	return Feature(refused.Load())&Barrier == 0 && registered()
}

// Fence runs a full memory barrier on every thread of every registered process
// before it returns, and on the caller. False: refused.
func Fence() bool {
	if Feature(refused.Load())&Barrier != 0 {
		return false
	}
	_, _, e := unix.Syscall(unix.SYS_MEMBARRIER, membarrierGlobalExpedited, 0, 0)
	return e == 0
}

// probe asks the kernel without effect.
func probe(f Feature) bool {
	switch f {
	case Wait:
		var word uint32
		return Sleep(&word, 1, 0) == nil
	case WaitTwo:
		var a, b uint32
		return SleepTwo(&a, 1, &b, 1, 0) == nil
	case Barrier:
		n, _, e := unix.Syscall(unix.SYS_MEMBARRIER, membarrierQuery, 0, 0)
		return e == 0 && n&membarrierGlobalExpedited != 0 && n&membarrierRegisterGlobalExpedited != 0
	}
	return false
}
