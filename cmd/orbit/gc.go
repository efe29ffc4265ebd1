package main

import (
	"fmt"

	"github.com/orbitring/orbit/inspect"
)

type gcCmd struct {
	Fleet  string `arg:"" optional:"" help:"Only this fleet."`
	Remove bool   `help:"Remove them; else only tell."`
	Older  string `default:"0s" placeholder:"D" help:"Keep what is younger, such as 1h."`
}

// Run is the verb.
func (c *gcCmd) Run(s *session) error {
	older, err := period("older", c.Older, 0)
	if err != nil {
		return err
	}
	r, err := inspect.GC(s.place, c.Fleet, inspect.GCOptions{Remove: c.Remove, Older: older})
	if err != nil {
		return err
	}
	return s.print(r, func() error {
		verb := "removed"
		if r.DryRun {
			verb = "would go"
		}
		for _, o := range r.Objects {
			what := "kept"
			if o.Removed {
				what = verb
			}
			fmt.Fprintf(s.stdout, "%-8s  %s (%s, %s old): %s\n", what, inspect.Printable(o.Path), size(o.Bytes), span(o.Age), inspect.Printable(o.Reason))
		}
		if r.DryRun && r.Freed > 0 {
			fmt.Fprintf(s.stdout, "%s would be free: orbit gc -remove\n", size(r.Freed))
		}
		return nil
	})
}
