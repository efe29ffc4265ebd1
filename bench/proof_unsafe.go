package bench

import "unsafe"

// wordsOf is msg, at least 8 bytes, as the words that fit into it. They are this
// machine's own, wherever msg starts: both ends run on it.
func wordsOf(msg []byte) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(&msg[0])), len(msg)/8)
}
