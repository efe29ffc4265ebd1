package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Pinning says where hot threads run.
type Pinning struct {
	Auto bool  // choose among the processors this process may use
	CPUs []int // otherwise these, producers and consumers in turn; none: do not pin
}

// ParsePinning reads auto, none, or a list such as 0,1.
func ParsePinning(text string) (Pinning, error) {
	switch text {
	case "auto", "":
		return Pinning{Auto: true}, nil
	case "none":
		return Pinning{}, nil
	}
	allowed := allowedCPUs()
	var p Pinning
	for field := range strings.SplitSeq(text, ",") {
		cpu, err := strconv.Atoi(field)
		switch {
		case err != nil || cpu < 0:
			return p, fmt.Errorf("pin %q is not auto, none, or processors such as 0,1", text)
		case !slices.Contains(allowed, cpu):
			return p, fmt.Errorf("pin: processor %d is not among those this process may use (%s)", cpu, list(allowed))
		case slices.Contains(p.CPUs, cpu):
			return p, fmt.Errorf("pin: processor %d is named twice", cpu)
		}
		p.CPUs = append(p.CPUs, cpu)
	}
	if len(p.CPUs) < 2 {
		return p, fmt.Errorf("pin %q names one processor; producers and consumers need one each", text)
	}
	return p, nil
}

// A cpuPlan places workers. As long as there are enough processors everyone has
// one of his own; else producers share the even places of hot, consumers the odd
// ones.
type cpuPlan struct {
	hot     []int
	allowed []int
}

// plan chooses the processors of a run.
func (p Pinning) plan() cpuPlan {
	allowed := allowedCPUs()
	switch {
	case !p.Auto:
		return cpuPlan{p.CPUs, allowed}
	case len(allowed) < 2:
		return cpuPlan{nil, allowed}
	}
	// One processor of each core first, its siblings last, and the very first
	// one, where interrupts go, left for housekeeping if there are others.
	rank := map[int]int{}
	for _, cpu := range allowed {
		rank[cpu] = max(0, slices.Index(siblings(cpu), cpu))
	}
	order := slices.Clone(allowed)
	slices.SortStableFunc(order, func(a, b int) int { return rank[a] - rank[b] })
	if len(order) > 2 {
		order = append(order[1:], order[0])
	}
	return cpuPlan{order, allowed}
}

func (p cpuPlan) unpinned() bool { return len(p.hot) < 2 }

// seats places a topology.
func (p cpuPlan) seats(t Topology) []seat {
	var all []seat
	for i := range t.Producers {
		all = append(all, seat{Index: i, CPU: p.place(t, i, 0)})
	}
	for i := range t.Consumers {
		all = append(all, seat{Consumer: true, Index: i, CPU: p.place(t, i, 1)})
	}
	for i := range all {
		for j := range all {
			all[i].Crowded = all[i].Crowded || i != j && all[i].CPU == all[j].CPU
		}
	}
	if p.unpinned() {
		for i := range all {
			all[i].Crowded = len(all) > max(len(p.allowed), runtime.NumCPU())
		}
	}
	return all
}

// place is the processor of the i-th producer (side 0) or consumer (side 1).
func (p cpuPlan) place(t Topology, i, side int) int {
	if p.unpinned() {
		return -1
	}
	if t.Producers+t.Consumers > len(p.hot) {
		pairs := len(p.hot) / 2
		return p.hot[2*(i%pairs)+side]
	}
	// Producers and consumers in turn; when one side has run out, the rest of
	// the other.
	if both := min(t.Producers, t.Consumers); i < both {
		return p.hot[2*i+side]
	} else {
		return p.hot[both+i]
	}
}

// room is where the threads of a worker may run: on its own processor and on
// those that no seat of the topology has. Where there are none they may run on
// all: kept to its own, the runtime's monitor takes turns with the hot thread,
// which costs every message some 5 µs (seen on two processors).
func (p cpuPlan) room(own int, t Topology) []int {
	if p.unpinned() {
		return nil
	}
	room := []int{own}
	for _, cpu := range p.allowed {
		if !slices.ContainsFunc(p.seats(t), func(s seat) bool { return s.CPU == cpu }) {
			room = append(room, cpu)
		}
	}
	if len(room) < 2 {
		return p.allowed
	}
	return room
}

// siblings are the hardware threads of a processor's core.
func siblings(cpu int) []int {
	b, err := os.ReadFile(filepath.Join("/sys/devices/system/cpu", "cpu"+strconv.Itoa(cpu), "topology/thread_siblings_list"))
	if err != nil {
		return nil
	}
	return parseList(strings.TrimSpace(string(b)))
}

// parseList reads the kernel's form of a set: 0-3,8.
func parseList(s string) []int {
	var all []int
	for part := range strings.SplitSeq(s, ",") {
		from, to, isRange := strings.Cut(part, "-")
		a, err := strconv.Atoi(from)
		if err != nil {
			return nil
		}
		b := a
		if isRange {
			if b, err = strconv.Atoi(to); err != nil {
				return nil
			}
		}
		for ; a <= b; a++ {
			all = append(all, a)
		}
	}
	return all
}

func list(cpus []int) string {
	s := make([]string, len(cpus))
	for i, cpu := range cpus {
		s[i] = strconv.Itoa(cpu)
	}
	return strings.Join(s, ",")
}
