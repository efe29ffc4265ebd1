package bench

import (
	"fmt"
	"strings"
)

// smallShm is how little free shared memory is worth a word: Docker's default.
const smallShm = 64 << 20

// Warnings are what on this host makes figures worse than they could be, each
// with what to do about it.
func (h Host) Warnings() []string {
	var w []string
	add := func(format string, args ...any) { w = append(w, fmt.Sprintf(format, args...)) }
	n := len(h.Allowed)
	if h.OS != "linux" {
		add("no pinning on %s: figures move with the scheduler; measure on Linux", h.OS)
	} else if n < 2 {
		add("%d processor allowed: producers and consumers take turns on it; allow at least two (taskset, cpuset, Docker --cpuset-cpus)", n)
	} else if n == 2 {
		add("2 processors: none is left for housekeeping, and 1x2 and 2x1 share them; figures with more processes than processors show the scheduler too")
	}
	if h.Virtual != "" {
		add("virtual machine: processors may move and change their distance at any time; trust x-floor, not ns, and look at the floor's spread")
	}
	if h.Governor != "" && h.Governor != "performance" {
		add("frequency governor is %s: cpupower frequency-set -g performance", h.Governor)
	}
	if h.OS == "linux" && h.Clock != "" && h.Clock != "tsc" && h.Arch == "amd64" {
		add("kernel clock is %s: reading time is slow and stamps are coarse; boot with tsc=reliable if the processor allows", h.Clock)
	}
	if h.Shm != "" && h.ShmFree <= smallShm {
		add("/dev/shm has %s free: large rings will not fit; mount it larger (Docker --shm-size=1g)", byteCount(h.ShmFree))
	}
	if h.Quota != "" && !strings.HasPrefix(h.Quota, "max") {
		add("cgroup limits processor time to %s (quota period, µs): samples will be throttled; lift cpu.max (Docker: no --cpus)", h.Quota)
	}
	return append(w, h.parkWarnings()...)
}

// parkWarnings are about readers that sleep.
func (h Host) parkWarnings() []string {
	var w []string
	if h.OS == "linux" && !h.Parking.Futex {
		w = append(w, "futex is refused: parked readers look every millisecond; allow futex in the seccomp profile")
	}
	if h.OS == "linux" && !h.Parking.Waitv {
		w = append(w, "futex_waitv is refused: cancelling a parked reader takes up to 2 ms, and it wakes as often; Linux 5.16, and allow futex_waitv in the seccomp profile")
	}
	if h.OS == "linux" && !h.Parking.Barrier {
		w = append(w, "membarrier is refused: every publish pays a fence once a reader has parked; allow membarrier in the seccomp profile")
	}
	return w
}

// Advice is what does no harm to figures by itself and may explain them.
func (h Host) Advice() []string {
	var w []string
	add := func(format string, args ...any) { w = append(w, fmt.Sprintf(format, args...)) }
	if h.SMT == "on" && len(h.Siblings) > 0 {
		add("SMT is on: two hot threads on one core share its caches and its units; pin=auto takes one thread of each core first, -pin says otherwise")
	}
	if h.Shmem == "never" {
		add("huge pages for shared memory are off: rings beyond a few MiB miss the TLB; echo advise > /sys/kernel/mm/transparent_hugepage/shmem_enabled, or mount -o remount,huge=within_size /dev/shm")
	}
	if h.Memory != "" {
		add("cgroup limits memory to %s bytes: rings count against it; --memory larger if creating one fails", h.Memory)
	}
	return w
}
