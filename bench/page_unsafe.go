package bench

import "unsafe"

// word is word i of a line of a worker's part of the page.
func (p page) word(slot, line, i int) *uint64 {
	return (*uint64)(unsafe.Pointer(&p.mapping.mem[slot*workerSize+line*pageLine+i*8]))
}
