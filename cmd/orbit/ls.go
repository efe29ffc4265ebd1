package main

import (
	"fmt"

	"github.com/orbitring/orbit/inspect"
)

type lsCmd struct {
	Fleet string `arg:"" optional:"" help:"Only this fleet."`
}

// Run is the verb.
func (c *lsCmd) Run(s *session) error {
	l, err := inspect.List(s.place, c.Fleet)
	if err != nil {
		return err
	}
	return s.print(l, func() error {
		if len(l.Segments) == 0 {
			fmt.Fprintf(s.stderr, "orbit: no segments in %s\n", l.Dir)
			return nil
		}
		t := table{head: []string{"FLEET", "KIND", "RING", "PAYLOAD", "SIZE", "MODE", "UID", "AGE", "LIVE NODES"}, right: "lllrrlrrl"}
		for _, g := range l.Segments {
			payload := "-"
			if g.Geometry != nil {
				payload = fmt.Sprint(g.Geometry.Payload)
			}
			live := nodes(g)
			if g.Error != "" {
				live = inspect.Printable(g.Error)
			}
			t.row(fleetOf(g), kind(g), shape(g.Geometry), payload, size(g.Bytes), g.Mode, fmt.Sprint(g.Owner), span(g.Age), live)
		}
		return t.write(s.stdout)
	})
}
