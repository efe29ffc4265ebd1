package killpoint

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// errGone: the template died, and no more children can be had.
var errGone = errors.New("killpoint: the template is gone")

// Plan chooses boundaries.
type Plan struct {
	Every  int // 1: all
	Offset int // the first
	Around int // if not 0: also all that lie fewer instructions from a system call
	// First leaves out those where an instruction is executed again: for
	// operations of many thousand instructions, most of them in loops.
	First bool
}

// PlanEnv is the variable that PlanFromEnv reads.
const PlanEnv = "ORBIT_KILLPOINTS"

// sampled is how sparse the sweeps of an ordinary test run are.
const sampled = 7

// PlanFromEnv returns the plan that ORBIT_KILLPOINTS asks for: "full" is every
// boundary, "every:offset" repeats a sample, and nothing is every seventh with
// an offset that the clock chooses.
func PlanFromEnv() (Plan, error) {
	text := os.Getenv(PlanEnv)
	switch text {
	case "full":
		return Plan{Every: 1}, nil
	case "":
		return Plan{Every: sampled, Offset: int(time.Now().UnixNano()/1000) % sampled}, nil
	}
	every, offset, _ := strings.Cut(text, ":")
	e, err := strconv.Atoi(every)
	o, err2 := strconv.Atoi(offset)
	if err != nil || err2 != nil || e < 1 || o < 0 {
		return Plan{}, fmt.Errorf("killpoint: %s=%q is neither \"full\" nor \"every:offset\"", PlanEnv, text)
	}
	return Plan{Every: e, Offset: o}, nil
}

func (p Plan) String() string {
	if p.Every == 1 {
		return "every boundary"
	}
	return fmt.Sprintf("every %dth boundary from %d on (%s=%d:%d repeats it)", p.Every, p.Offset, PlanEnv, p.Every, p.Offset)
}

// points returns the boundaries of 0 to n that belong to the plan; the last one
// always does. calls are the boundaries right behind system calls, fresh says
// for every boundary which one up to it was the last with a new instruction.
func (p Plan) points(n int, calls, fresh []int) (points []int) {
	candidate := 0
	for k := range n {
		if p.First && fresh[k] != k {
			continue
		}
		if candidate%p.Every == p.Offset%p.Every {
			points = append(points, k)
		}
		candidate++
	}
	for _, behind := range calls {
		for k := behind - p.Around; k < behind+p.Around; k++ {
			points = append(points, min(max(k, 0), n))
		}
	}
	points = append(points, n)
	slices.Sort(points)
	return slices.Compact(points)
}

// Coverage says what a sweep reached and found.
type Coverage struct {
	Boundaries int            // instructions of the operation
	Planned    int            // boundaries that the plan chose
	Reached    int            // boundaries where a child stood and all checks passed
	Outcomes   map[string]int // how often each outcome was named
	Sequence   []Outcome      // the same, in order
	Failures   []Failure
}

// Outcome is what strike named at one boundary.
type Outcome struct {
	Boundary int
	Name     string
}

// Failure is what went wrong at one boundary.
type Failure struct {
	Boundary int
	Where    string // the next instruction
	Err      error
}

func (f Failure) Error() string {
	return fmt.Sprintf("after instruction %d, before %s: %v", f.Boundary, f.Where, f.Err)
}

func (f Failure) Unwrap() error { return f.Err }

func (c *Coverage) add(k int, outcome string) {
	c.Reached++
	c.Outcomes[outcome]++
	c.Sequence = append(c.Sequence, Outcome{k, outcome})
}

func (c *Coverage) fail(k int, where string, err error) {
	c.Failures = append(c.Failures, Failure{k, where, err})
}

// Err returns the first failures, nil if there are none.
func (c *Coverage) Err() error {
	const most = 5
	var all []error
	for _, f := range c.Failures[:min(len(c.Failures), most)] {
		all = append(all, f)
	}
	if n := len(c.Failures) - most; n > 0 {
		all = append(all, fmt.Errorf("and %d more", n))
	}
	if len(c.Failures) == 0 && c.Reached != c.Planned {
		all = append(all, fmt.Errorf("reached %d of %d boundaries", c.Reached, c.Planned))
	}
	return errors.Join(all...)
}

// String lists the outcomes, most frequent first.
func (c *Coverage) String() string {
	names := make([]string, 0, len(c.Outcomes))
	for name := range c.Outcomes {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := c.Outcomes[b] - c.Outcomes[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", name, c.Outcomes[name])
	}
	return strings.Join(names, ", ")
}

// describe names the code at an address. Parent and child are one binary, which
// is linked to fixed addresses.
func describe(ip uintptr) string {
	f := runtime.FuncForPC(ip)
	if f == nil {
		return fmt.Sprintf("%#x", ip)
	}
	file, line := f.FileLine(ip)
	return fmt.Sprintf("%s+%#x (%s:%d)", f.Name(), ip-f.Entry(), file[strings.LastIndexByte(file, '/')+1:], line)
}
