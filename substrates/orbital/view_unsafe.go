package orbital

import "unsafe"

// bytesOf returns the memory of a value that has neither pointers nor a size
// that varies.
func bytesOf[T any](v *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}
