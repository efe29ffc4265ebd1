package bench

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// shmSpace describes the file system that segments live in.
func shmSpace() (string, uint64) {
	var st unix.Statfs_t
	if unix.Statfs("/dev/shm", &st) != nil {
		return "", 0
	}
	size, free := st.Blocks*uint64(st.Bsize), st.Bavail*uint64(st.Bsize)
	return fmt.Sprintf("%s, %s free", byteCount(size), byteCount(free)), free
}
