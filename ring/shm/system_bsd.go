//go:build darwin || freebsd

package shm

import "os"

var native = portable

func defaultDir() string { return os.TempDir() }
