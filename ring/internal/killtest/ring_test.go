//go:build linux && amd64 && !race

package killtest

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/orbitring/orbit/internal/killpoint"
	"github.com/orbitring/orbit/ring/layout"
)

// sweep runs one scenario: survey, then every sort of strike.
func sweep(t *testing.T, plan killpoint.Plan, s scenario, strikes ...string) map[string]killpoint.Coverage {
	t.Helper()
	x, err := newWorld(s)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := x.close(); err != nil {
			t.Error(err)
		}
	}()
	args, err := json.Marshal(s.task)
	if err != nil {
		t.Fatal(err)
	}
	f, err := x.base.File()
	if err != nil {
		t.Fatal(err)
	}
	stage := stageOf(t, "ring", string(args), f)
	defer stage.Close()
	survey := surveyed(t, stage, killpoint.Scene{Before: x.set, Ready: x.ready})
	all := map[string]func(*killpoint.Child) (string, error){"kill": x.kill, "stop": x.stop, "lap and kill": x.lapAndKill}
	cov := map[string]killpoint.Coverage{}
	for _, name := range strikes {
		cov[name] = survey.Sweep(plan, all[name])
	}
	return cov
}

func TestAWriterMayDieOrStopAfterAnyInstruction(t *testing.T) {
	plan, err := killpoint.PlanFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	overKernels(t, func(t *testing.T, kernel string) {
		var table table
		t.Run(kernel, func(t *testing.T) {
			for _, s := range scenarios() {
				t.Run(s.String(), func(t *testing.T) {
					t.Parallel()
					strikes := []string{"kill", "stop"}
					if s.topology == layout.Shared {
						strikes = append(strikes, "lap and kill")
					}
					cov := sweep(t, plan, s, strikes...)
					for _, name := range strikes {
						c := cov[name]
						table.add(s.String(), name, c)
						if err := c.Err(); err != nil {
							t.Errorf("%s: %v", name, err)
						}
						if name != "stop" && !s.overrun() {
							checkRanks(t, name, c)
						}
					}
				})
			}
		})
		t.Logf("copy kernel %s, %v\n%s", kernel, plan, table.String())
	})
}

// checkRanks fails when a later death leaves less than an earlier one.
func checkRanks(t *testing.T, strike string, c killpoint.Coverage) {
	t.Helper()
	var last killpoint.Outcome
	for _, o := range c.Sequence {
		if last.Name != "" && rank(strike, o.Name) < rank(strike, last.Name) {
			t.Errorf("%s: %q after instruction %d, but %q after instruction %d", strike, last.Name, last.Boundary, o.Name, o.Boundary)
		}
		last = o
	}
}

// table collects what sweeps covered.
type table struct {
	mu    sync.Mutex
	lines []string
	total map[string]int
	n     int // boundaries of operations
	names map[string]bool
}

func (t *table) add(scenario, strike string, c killpoint.Coverage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.total == nil {
		t.total, t.names = map[string]int{}, map[string]bool{}
	}
	t.lines = append(t.lines, fmt.Sprintf("%-62s %6d boundaries  %-12s %6d  %s", scenario, c.Boundaries+1, strike, c.Reached, c.String()))
	t.total[strike] += c.Reached
	if !t.names[scenario] {
		t.names[scenario] = true
		t.n += c.Boundaries + 1
	}
}

func (t *table) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var total []string
	for _, strike := range []string{"kill", "stop", "lap and kill", "look", "arrive"} {
		if n := t.total[strike]; n > 0 {
			total = append(total, fmt.Sprintf("%d × %s", n, strike))
		}
	}
	return fmt.Sprintf("%s\ntotal: %d operations, %d boundaries; %s\n", strings.Join(t.lines, "\n"), len(t.names), t.n, strings.Join(total, ", "))
}
