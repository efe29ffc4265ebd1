package killpoint

import (
	"fmt"
	"os"
	"strings"
)

// span is a part of a child's memory.
type span struct{ from, to uintptr }

func (s span) has(ip uintptr) bool { return s.from <= ip && ip < s.to }

// vdsoOf returns where the kernel has mapped its clock routines into a process.
// What they execute depends on the moment (a carry into the next second, a clock
// page in the middle of its update), and they store nothing that another process
// sees. So all of a visit there is one step.
func vdsoOf(pid int) (s span, err error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return s, fmt.Errorf("killpoint: %w", err)
	}
	for line := range strings.Lines(string(maps)) {
		if strings.HasSuffix(line, "[vdso]\n") {
			_, err = fmt.Sscanf(line, "%x-%x", &s.from, &s.to)
		}
	}
	return s, err
}
