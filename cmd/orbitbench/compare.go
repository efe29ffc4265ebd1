package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/orbitring/orbit/bench/gate"
)

// compareCmd judges recorded runs.
type compareCmd struct {
	Paths     []string `arg:"" help:"OLD… -- NEW…: folders of recorded runs, or files of benchmark text."`
	Threshold string   `placeholder:"PERCENT" help:"Slower by less is let pass (5)."`
	Format    string   `default:"table" placeholder:"table|json" help:"What to print."`
}

// Run is the verb.
func (c *compareCmd) Run(s *session) error {
	if err := oneOf("format", c.Format, []string{"table", "json"}, nil); err != nil {
		return err
	}
	r, err := rule(c.Threshold)
	if err != nil {
		return err
	}
	old, new, err := c.sides(s.args)
	if err != nil {
		return err
	}
	for _, path := range c.Paths {
		if _, err := os.Stat(path); err != nil {
			return usage("%s: %v", path, errors.Unwrap(err))
		}
	}
	before, err := gate.Read(old...)
	if err != nil {
		return usageError{err.Error()}
	}
	after, err := gate.Read(new...)
	if err != nil {
		return usageError{err.Error()}
	}
	j, err := gate.Compare(before, after, r)
	if err != nil {
		return usageError{err.Error()}
	}
	if c.Format == "json" {
		err = writeJSON(s.stdout, j)
	} else {
		err = j.Write(s.stdout)
		fmt.Fprintln(s.stdout, "These runs were not measured in turn: what the host did between them is in the difference. ab takes it out.")
	}
	if err != nil {
		return err
	}
	return verdictError(j)
}

// sides parts the paths at the word --.
func (c *compareCmd) sides(args []string) (old, new []string, err error) {
	for i, a := range args {
		if a != "--" {
			continue
		}
		n := len(args) - i - 1
		if n == 0 || n >= len(c.Paths) {
			break
		}
		return c.Paths[:len(c.Paths)-n], c.Paths[len(c.Paths)-n:], nil
	}
	return nil, nil, usage("compare needs old and new runs with -- between them: orbitbench compare OLD -- NEW")
}
