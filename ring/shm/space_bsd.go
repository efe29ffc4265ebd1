//go:build darwin || freebsd

package shm

func reserveChunk(fd int, from, n int64) error { return writeZeros(fd, from, n) }
