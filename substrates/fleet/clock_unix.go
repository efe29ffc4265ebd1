//go:build linux || darwin || freebsd

package fleet

import (
	"time"

	"golang.org/x/sys/unix"
)

func hostClock() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) != nil {
		return time.Duration(time.Now().UnixNano())
	}
	return time.Duration(ts.Nano())
}
