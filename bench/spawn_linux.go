package bench

import "syscall"

// workerAttr: a worker dies with the thread that started it, whatever kills
// that; and a Ctrl-C at the terminal reaches the parent alone, which then ends
// its workers itself.
func workerAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
