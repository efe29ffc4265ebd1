//go:build !linux

package bench

import (
	"errors"
	"runtime"
	"time"
)

func allowedCPUs() []int { return nil }

func pinThread(...int) error { return errors.New("pinning needs Linux") }

func threadTime() time.Duration { return 0 }

func monotonic() (time.Duration, bool) { return 0, false }

func yield() { time.Sleep(0); runtime.Gosched() }

const countsSwitches = false

func switches() uint64 { return 0 }
