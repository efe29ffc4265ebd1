package main

import (
	"fmt"

	"github.com/orbitring/orbit/bench"
)

// floorCmd measures nothing but the floor.
type floorCmd struct {
	Topology string `placeholder:"LIST" help:"Producers x consumers of the stream's floor (1x1,1x2,1x3,2x1,3x1)."`
	Count    string `placeholder:"N" help:"Measurements of each floor (100)."`
	Pin      string `default:"auto" placeholder:"auto|none|LIST" help:"Processors of the threads, producers and consumers in turn."`
}

// Run is the verb.
func (c *floorCmd) Run(s *session) error {
	count, err := number("count", c.Count, 20)
	if err != nil {
		return err
	}
	if c.Count != "" && count == 0 {
		return usage("-count 0 measures nothing")
	}
	if count == 0 {
		count = 100
	}
	pin, err := bench.ParsePinning(c.Pin)
	if err != nil {
		return usageError{err.Error()}
	}
	all, err := topologies(c.Topology, bench.Topology{Producers: 1, Consumers: 1}, bench.Topology{Producers: 1, Consumers: 2},
		bench.Topology{Producers: 1, Consumers: 3}, bench.Topology{Producers: 2, Consumers: 1}, bench.Topology{Producers: 3, Consumers: 1})
	if err != nil {
		return err
	}
	floors, err := bench.MeasureFloors(s.ctx, pin, all, int(count))
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "%-24s %6s %9s %9s %9s  %s\n", "floor", "taken", "min ns", "median ns", "max ns", "middle half within")
	for _, f := range floors {
		fmt.Fprintf(s.stdout, "%-24s %6d %9.2f %9.2f %9.2f  %.0f %%\n", f.Name, f.N, f.Min, f.Median, f.Max, 100*f.Swing)
	}
	fmt.Fprintln(s.stdout, "\nstream: a cache line a message; pingpong: a word each way (a round trip). For comparison: a stream of bare frames, all\nthe stores that a frame with 32 bytes in one line needs; a ping-pong over one word that both write.")
	return nil
}

// envCmd tells where it runs.
type envCmd struct{}

// Run is the verb.
func (*envCmd) Run(s *session) error {
	h := bench.NewHost()
	facts := append(h.Facts(), h.Details()...)
	for _, f := range facts {
		fmt.Fprintf(s.stdout, "%-12s %s\n", f[0], f[1])
	}
	for _, w := range h.Warnings() {
		fmt.Fprintf(s.stdout, "%-12s %s\n", "warning", w)
	}
	for _, w := range h.Advice() {
		fmt.Fprintf(s.stdout, "%-12s %s\n", "advice", w)
	}
	return nil
}
