package cache

import "unsafe"

// areaAt returns the words of an index with 1<<bits buckets. aux starts on a
// cache line and has areaSize bytes.
func areaAt(aux []byte, bits int) area {
	aux = aux[:bucketsOffset+8<<bits]
	base := unsafe.Pointer(unsafe.SliceData(aux))
	return area{
		lengths: (*uint64)(base),
		resets:  unsafe.Slice((*uint64)(unsafe.Add(base, resetsOffset)), 1<<resetBits),
		buckets: unsafe.Slice((*uint64)(unsafe.Add(base, bucketsOffset)), 1<<bits),
		shift:   uint8(64 - bits),
	}
}

// borrow returns bytes as a string, which holds until they change.
func borrow(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// somewhere tells goroutines apart, now and then two of them not: where their
// stacks are.
func somewhere() uint64 {
	var here byte
	return uint64(uintptr(unsafe.Pointer(&here))) >> 11
}
