package orbital

import "unsafe"

// bytesOf returns the memory of a value that has neither pointers nor a size
// that varies.
func bytesOf[T any](v *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}

// roomy is a value with as much room behind it as lets the ring copy a small
// frame by whole words, whatever its length.
type roomy[T any] struct {
	v T
	_ [40]byte
}

// bytes returns the memory of the value and the room.
func (r *roomy[T]) bytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(r)), unsafe.Sizeof(*r))
}
