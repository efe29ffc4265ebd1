//go:build linux && amd64 && !race

package fleet_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/orbitring/orbit/internal/killpoint"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

// joiner is the child: it joins the fleet of its arguments as node 0.
func init() {
	killpoint.Register("join", func(in killpoint.Inherited) (killpoint.Act, error) {
		var err error
		return killpoint.Act{
			Run: func() { _, err = fleet.JoinShared(in.Args, fleet.Options{Size: 2, Node: fleet.Node(0)}) },
			Report: func() any {
				if err != nil {
					return err.Error()
				}
				return ""
			},
		}, nil
	})
}

// joined says whether node 0 is alive, and that the roll is sound: node 1 joined
// once and is there.
func joined(f *fleet.Fleet) (string, error) {
	members, err := f.Members()
	if err != nil {
		return "", err
	}
	switch {
	case len(members) == 1 && members[0].Node == 1:
		return "absent", nil
	case len(members) == 2 && members[0].Node == 0 && members[1].Node == 1:
		return "there", nil
	}
	return "", fmt.Errorf("members are %+v", members)
}

// rejoined joins as node 0 and leaves.
func rejoined(f *fleet.Fleet) error {
	g, err := f.Sibling(fleet.Node(0))
	if err != nil {
		return fmt.Errorf("the node cannot be joined: %w", err)
	}
	id, err := g.NextID(7)
	if err == nil && id.Node() != 0 {
		err = fmt.Errorf("node 0 hands out %v", id)
	}
	return errors.Join(err, g.Close())
}

// A join has tens of thousands of instructions, most of them in the process's own
// memory. Others see it only through system calls and the roll, so children are
// killed and stopped at all boundaries around system calls, and elsewhere where
// an instruction is executed for the first time.
func TestAJoinerMayDieOrStopAfterAnyInstruction(t *testing.T) {
	plan, err := killpoint.PlanFromEnv()
	must(t, err)
	plan.First, plan.Around = true, 3
	if plan.Every > 1 {
		plan.Every *= 14
	}
	f := fleettest.Shared(t, fleettest.Name(t), 2, 1)
	stage, err := killpoint.Start("join", f.Name())
	must(t, err)
	defer stage.Close()
	survey, err := stage.Survey(killpoint.Scene{Before: func() error { return rejoined(f) }})
	if errors.Is(err, killpoint.ErrRefused) && os.Getenv("CI") != "true" {
		t.Skipf("NOTHING IS COVERED: %v", err)
	}
	must(t, err)
	for name, strike := range map[string]func(*killpoint.Child) (string, error){
		"kill": func(c *killpoint.Child) (string, error) {
			before, err := joined(f)
			if err == nil {
				err = c.Kill()
			}
			if err != nil {
				return "", err
			}
			if now, err := joined(f); err != nil || now != "absent" {
				return "", fmt.Errorf("after its death it is %s (%v)", now, err)
			}
			return before, rejoined(f)
		},
		"stop": func(c *killpoint.Child) (string, error) {
			before, err := joined(f)
			if err != nil {
				return "", err
			}
			g, err := f.Sibling(fleet.Node(0)) // taken from under a joiner that is not there yet
			if (err == nil) != (before == "absent") || err != nil && !errors.Is(err, fleet.ErrNodeHeld) {
				return "", fmt.Errorf("the joiner is %s, and joining as its node says: %v", before, err)
			}
			if err == nil {
				if err := g.Close(); err != nil {
					return "", err
				}
			}
			var failure string
			if err := c.Resume(&failure); err != nil || failure != "" {
				return "", fmt.Errorf("the resumed joiner says %q (%v)", failure, err)
			}
			if now, err := joined(f); err != nil || now != "there" {
				return "", fmt.Errorf("behind its join it is %s (%v)", now, err)
			}
			if err := c.Kill(); err != nil {
				return "", err
			}
			return before, rejoined(f)
		},
	} {
		c := survey.Sweep(plan, strike)
		if err := c.Err(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(c.Outcomes) != 2 {
			t.Errorf("%s: %v, want absent and there", name, c.Outcomes)
		}
		t.Logf("join: %d boundaries, %d system calls, %s at %d of them: %s; %v", c.Boundaries+1, survey.Calls(), name, c.Reached, c.String(), plan)
	}
}
