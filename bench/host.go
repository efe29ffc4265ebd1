package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/cpuid/v2"
	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/ring"
)

// Host is where a run took place, as far as it can be told.
type Host struct {
	OS       string            `json:"os"`
	Arch     string            `json:"arch"`
	Kernel   string            `json:"kernel"`
	CPU      string            `json:"cpu"`
	Virtual  string            `json:"virtual,omitempty"` // hypervisor, "" for none seen
	Online   int               `json:"cpus_online"`
	Allowed  []int             `json:"cpus_allowed,omitempty"`
	Siblings map[string]string `json:"siblings,omitempty"` // hardware threads of each allowed processor's core
	Caches   []string          `json:"caches,omitempty"`
	Governor string            `json:"governor,omitempty"`
	Clock    string            `json:"kernel_clock,omitempty"`
	Shm      string            `json:"dev_shm,omitempty"`
	ShmFree  uint64            `json:"dev_shm_free,omitempty"`
	Shmem    string            `json:"dev_shm_huge,omitempty"` // huge pages for shared memory, the kernel's setting
	Huge     string            `json:"huge_pages,omitempty"`   // transparent, for process memory
	SMT      string            `json:"smt,omitempty"`          // on, off, notsupported …
	Quota    string            `json:"cpu_quota,omitempty"`    // cpu.max of the tightest cgroup above us: quota and period, µs
	Memory   string            `json:"memory_limit,omitempty"` // memory.max of the same kind
	CPUSet   string            `json:"cpuset,omitempty"`       // cpuset.cpus.effective
	Parking  Parking           `json:"parking"`
	Go       string            `json:"go"`
	Commit   string            `json:"commit,omitempty"`
	Dirty    bool              `json:"dirty,omitempty"`
}

// NewHost looks around.
func NewHost() Host {
	h := Host{
		OS: runtime.GOOS, Arch: runtime.GOARCH, Go: runtime.Version(), CPU: cpuid.CPU.BrandName,
		Online: runtime.NumCPU(), Allowed: allowedCPUs(), Siblings: map[string]string{},
		Governor: line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
		Clock:    line("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
		Shmem:    chosen(line("/sys/kernel/mm/transparent_hugepage/shmem_enabled")),
		Huge:     chosen(line("/sys/kernel/mm/transparent_hugepage/enabled")),
		SMT:      line("/sys/devices/system/cpu/smt/control"),
	}
	h.limits()
	p := ring.Parking()
	h.Parking = Parking{p.Futex, p.Cancel, p.Barrier}
	if online := parseList(line("/sys/devices/system/cpu/online")); len(online) > 0 {
		h.Online = len(online)
	}
	if cpuid.CPU.Supports(cpuid.HYPERVISOR) {
		h.Virtual = "yes"
		if v := cpuid.CPU.HypervisorVendorString; v != "" {
			h.Virtual = v
		}
	}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		h.Kernel = unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
	}
	for _, cpu := range h.Allowed {
		if s := siblings(cpu); len(s) > 1 {
			h.Siblings[strconv.Itoa(cpu)] = list(s)
		}
	}
	h.Caches = caches()
	h.Shm, h.ShmFree = shmSpace()
	h.Commit, h.Dirty = commit()
	return h
}

// commit is what this binary was built from: by its own word, or, since go run
// leaves that out, by git's, if the working directory lies in this project.
func commit() (revision string, dirty bool) {
	const module = "github.com/orbitring/orbit"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				revision = s.Value
			case "vcs.modified":
				dirty = s.Value == "true"
			}
		}
	}
	if revision != "" {
		return revision, dirty
	}
	git := func(args ...string) string {
		out, _ := exec.Command("git", args...).Output()
		return strings.TrimSpace(string(out))
	}
	top := git("rev-parse", "--show-toplevel")
	if top == "" || !strings.HasPrefix(line(filepath.Join(top, "go.mod")), "module "+module+"\n") {
		return "", false
	}
	return git("rev-parse", "HEAD"), git("status", "--porcelain", "--untracked-files=no") != ""
}

// caches of the first processor, as the kernel tells them.
func caches() []string {
	dirs, _ := filepath.Glob("/sys/devices/system/cpu/cpu0/cache/index*")
	var all []string
	for _, d := range dirs {
		level, kind, size := line(d+"/level"), line(d+"/type"), line(d+"/size")
		if level == "" || kind == "Instruction" {
			continue
		}
		s := "L" + level
		if kind == "Data" {
			s += "d"
		}
		s += " " + binarySize(size)
		if shared := parseList(line(d + "/shared_cpu_list")); len(shared) > 1 {
			s += fmt.Sprintf(" (shared by %d)", len(shared))
		}
		all = append(all, s)
	}
	return all
}

// binarySize makes 2048K easier to read.
func binarySize(s string) string {
	k, err := strconv.Atoi(strings.TrimSuffix(s, "K"))
	switch {
	case err != nil:
		return s
	case k >= 1024 && k%1024 == 0:
		return fmt.Sprintf("%d MiB", k/1024)
	}
	return fmt.Sprintf("%d KiB", k)
}

func line(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// Facts are the host in a few lines for people: label and text.
func (h Host) Facts() [][2]string {
	cpu := h.CPU
	if cpu == "" {
		cpu = h.Arch
	}
	if h.Virtual != "" {
		cpu += ", virtual machine (" + h.Virtual + ")"
	}
	facts := [][2]string{{"cpu", cpu}}
	if len(h.Caches) > 0 {
		facts = append(facts, [2]string{"caches", strings.Join(h.Caches, ", ")})
	}
	cores := fmt.Sprintf("%d online", h.Online)
	if len(h.Allowed) > 0 && len(h.Allowed) != h.Online {
		cores += fmt.Sprintf(", %d allowed (%s)", len(h.Allowed), list(h.Allowed))
	}
	facts = append(facts, [2]string{"processors", cores})
	facts = append(facts, [2]string{"system", strings.Join(slices.DeleteFunc(
		[]string{h.Kernel, h.OS + "/" + h.Arch, h.Go}, func(s string) bool { return s == "" }), ", ")})
	if h.Shm != "" {
		facts = append(facts, [2]string{"/dev/shm", h.Shm})
	}
	return facts
}

// Details are what only orbitbench env tells.
func (h Host) Details() [][2]string {
	yes := map[bool]string{true: "yes", false: "no"}
	or := func(s, otherwise string) string {
		if s == "" {
			return otherwise
		}
		return s
	}
	commit := or(h.Commit, "unknown")
	if h.Dirty {
		commit += ", with changes"
	}
	return [][2]string{
		{"commit", commit},
		{"copy", ring.Kernel()},
		{"clock", or(h.Clock, "unknown") + " (the kernel's)"},
		{"governor", or(h.Governor, "none (the hypervisor or firmware decides)")},
		{"smt", or(h.SMT, "unknown")},
		{"huge pages", "shared memory " + or(h.Shmem, "unknown") + ", process memory " + or(h.Huge, "unknown")},
		{"cgroup", "cpu.max " + or(h.Quota, "none") + ", memory.max " + or(h.Memory, "none") + ", cpuset " + or(h.CPUSet, "none")},
		{"parking", "futex " + yes[h.Parking.Futex] + ", futex_waitv " + yes[h.Parking.Waitv] + ", membarrier " + yes[h.Parking.Barrier]},
	}
}

func byteCount(n uint64) string {
	const unit = "KMGT"
	f, i := float64(n), -1
	for f >= 1024 && i < len(unit)-1 {
		f /= 1024
		i++
	}
	if i < 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.3g %ciB", f, unit[i])
}
