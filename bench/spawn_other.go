//go:build !linux

package bench

import "syscall"

// workerAttr: see the Linux twin. Here the end of the lifeline pipe alone tells
// a worker that its parent is gone.
func workerAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
