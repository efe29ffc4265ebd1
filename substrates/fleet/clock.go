package fleet

import "time"

// Now reads the clock that all members of a host share: the time since some
// moment before they started, in nanoseconds. Nobody can set it, it never goes
// back, and two members that read it at the same instant agree to about a
// microsecond, so it dates samples and bounds lifetimes. It begins anew when the
// host restarts, and a container may have one of its own if it was given a time
// namespace. Where a system has no such clock it is the wall clock.
func Now() time.Duration { return clockBase + time.Since(clockStart) }

var clockBase, clockStart = readClock()

// readClock pairs one reading of the host's clock with one of this process's,
// which then runs along with it and is cheaper to read.
func readClock() (time.Duration, time.Time) {
	best, at, window := time.Duration(0), time.Time{}, time.Duration(1<<62)
	for range 3 { // the tightest pair: a process can be interrupted in between
		before := time.Now()
		host := hostClock()
		if w := time.Since(before); w < window {
			best, at, window = host, before.Add(w/2), w
		}
	}
	return best, at
}
