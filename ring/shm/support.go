package shm

import (
	"encoding/binary"
	"math/bits"
	"runtime"
)

// unsupported says why this build cannot share segments, or nil. The answer
// comes at run time, so that programs compile everywhere and may do without.
func unsupported(op string) error {
	rule := ""
	switch {
	case bits.UintSize != 64:
		// Positions and slot words are 64 bits wide and a mapping may be larger
		// than the address space: two halves would be read at two times.
		rule = "the layout needs a 64-bit build (GOARCH=amd64 or arm64), this one is 32-bit"
	case binary.NativeEndian.Uint16([]byte{1, 0}) != 1:
		rule = "the layout is little-endian, this CPU is big-endian"
	case !systemSupported:
		rule = "only linux, darwin and freebsd have segments"
	default:
		return nil
	}
	return &Error{
		Op: op, Path: "segment",
		Err:    &UnsupportedError{OS: runtime.GOOS, Arch: runtime.GOARCH, Rule: rule},
		Remedy: "rings in process memory work in every build",
	}
}
