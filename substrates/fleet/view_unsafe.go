package fleet

import "unsafe"

// bytesOf returns the memory of a value that has neither pointers nor a size
// that varies.
func bytesOf[T any](v *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}

// idCountersAt returns the counters of a node in the roll's aux area, which
// starts on a cache line.
func idCountersAt(aux []byte, node uint16) *idCounters {
	block := aux[int(node)*idBlock:][:idBlock]
	return (*idCounters)(unsafe.Pointer(unsafe.SliceData(block)))
}
