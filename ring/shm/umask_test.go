//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import "golang.org/x/sys/unix"

func umask(mask int) int { return unix.Umask(mask) }
