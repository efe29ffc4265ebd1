package bench

import (
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"
)

// Parking is what the system offers to readers that sleep: see ring.Parking.
type Parking struct {
	Futex   bool `json:"futex"`
	Waitv   bool `json:"futex_waitv"`
	Barrier bool `json:"membarrier"`
}

// limits finds the tightest limits of the control groups that this process is
// in: its own and those above.
func (h *Host) limits() {
	const root = "/sys/fs/cgroup"
	var own string
	for l := range strings.SplitSeq(line("/proc/self/cgroup"), "\n") {
		if p, ok := strings.CutPrefix(l, "0::"); ok {
			own = p
		}
	}
	processors, memory := math.Inf(1), math.Inf(1)
	for at := path.Join("/", own); ; at = path.Dir(at) {
		dir := root + at
		if quota, period, ok := strings.Cut(line(dir+"/cpu.max"), " "); ok {
			q, err1 := strconv.ParseFloat(quota, 64)
			p, err2 := strconv.ParseFloat(period, 64)
			if err1 == nil && err2 == nil && q/p < processors {
				processors, h.Quota = q/p, quota+" "+period
			}
		}
		if m, err := strconv.ParseFloat(line(dir+"/memory.max"), 64); err == nil && m < memory {
			memory, h.Memory = m, fmt.Sprintf("%.0f", m)
		}
		if h.CPUSet == "" {
			h.CPUSet = line(dir + "/cpuset.cpus.effective")
		}
		if at == "/" {
			return
		}
	}
}

// chosen is the word in brackets, as the kernel marks a setting.
func chosen(setting string) string {
	_, rest, ok := strings.Cut(setting, "[")
	word, _, closed := strings.Cut(rest, "]")
	if !ok || !closed {
		return setting
	}
	return word
}
