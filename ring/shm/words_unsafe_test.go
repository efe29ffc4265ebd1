//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import (
	"sync/atomic"
	"unsafe"
)

func wordAt(b []byte, offset int) *atomic.Uint64 {
	return (*atomic.Uint64)(unsafe.Pointer(&b[offset : offset+8][0]))
}
