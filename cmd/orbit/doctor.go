package main

import (
	"fmt"

	"github.com/orbitring/orbit/inspect"
)

type doctorCmd struct {
	Fleet    string `arg:"" optional:"" help:"Only this fleet."`
	Interval string `default:"500ms" placeholder:"D" help:"Between the two looks that tell slow from stopped (500ms)."`
}

// Run is the verb.
func (c *doctorCmd) Run(s *session) error {
	interval, err := period("interval", c.Interval, 0)
	if err != nil {
		return err
	}
	d, err := inspect.Diagnose(s.ctx, s.place, c.Fleet, interval)
	if err != nil {
		return err
	}
	err = s.print(d, func() error {
		for _, f := range d.Findings {
			fmt.Fprintf(s.stdout, "%s: %s\n  where     %s\n  evidence  %s\n  remedy    %s\n",
				f.Severity, f.What, inspect.Printable(f.Where), inspect.Printable(f.Evidence), f.Remedy)
		}
		if len(d.Findings) == 0 {
			fmt.Fprintf(s.stdout, "nothing wrong with %d segments in %s, nor with this host\n", d.Segments, d.Dir)
		}
		return nil
	})
	if err == nil && d.Sick() {
		return errSick
	}
	return err
}
