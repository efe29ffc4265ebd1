//go:build !linux

package bench

import "os"

// unnamedFile creates a file and takes its name away at once.
func unnamedFile(size int) (*os.File, error) {
	f, err := os.CreateTemp("", "orbit-bench-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	if err := f.Truncate(int64(size)); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
