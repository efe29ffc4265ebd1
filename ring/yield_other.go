//go:build !linux

package ring

import "runtime"

// yieldThread gives the CPU to another goroutine; what the runtime offers.
func yieldThread() { runtime.Gosched() }
