//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// windowSize asks the terminal; 0 where it does not know.
func windowSize(f *os.File) (width, height int) {
	w, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0
	}
	return int(w.Col), int(w.Row)
}
