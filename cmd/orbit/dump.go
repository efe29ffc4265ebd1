package main

import (
	"fmt"

	"github.com/orbitring/orbit/internal/cli"
)

type dumpCmd struct {
	target
	Output string `short:"o" required:"" placeholder:"FILE" help:"The file to write; one that exists is not touched."`
}

// Run is the verb.
func (c *dumpCmd) Run(s *session) error {
	args, err := c.args()
	if err != nil {
		return err
	}
	if c.Output == "" {
		return cli.Usage("-o names no file")
	}
	o, err := s.source("dump", args)
	if err != nil {
		return err
	}
	defer o.Close()
	d, err := o.Dump(c.Output)
	if err != nil {
		return err
	}
	return s.print(d, func() error {
		fmt.Fprintf(s.stdout, "%s: %s of %s, %d live nodes", d.File, size(d.Bytes), d.Segment, d.Nodes)
		if d.Torn > 0 {
			fmt.Fprintf(s.stdout, ", %d slots were written at every attempt and are holes", d.Torn)
		}
		_, err := fmt.Fprintln(s.stdout)
		return err
	})
}
