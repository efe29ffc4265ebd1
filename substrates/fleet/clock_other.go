//go:build !linux && !darwin && !freebsd

package fleet

import "time"

func hostClock() time.Duration { return time.Duration(time.Now().UnixNano()) }
