package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/orbitring/orbit/inspect"
)

type statCmd struct {
	target
	Interval string `default:"500ms" placeholder:"D" help:"How long to look, for rates (500ms); 0s: once, without rates."`
}

// Run is the verb.
func (c *statCmd) Run(s *session) error {
	args, err := c.args()
	if err != nil {
		return err
	}
	interval, err := period("interval", c.Interval, 0)
	if err != nil {
		return err
	}
	all, err := s.sources(args)
	if err != nil {
		return err
	}
	defer closeAll(all)
	stats := make([]inspect.Stat, 0, len(all))
	for i, o := range all {
		st, err := o.Stat(s.ctx, interval)
		if err != nil {
			return err
		}
		stats = append(stats, st)
		if !s.json {
			if i > 0 {
				fmt.Fprintln(s.stdout)
			}
			if err := writeStat(s, st); err != nil {
				return err
			}
		}
		if s.ctx.Err() != nil {
			return context.Cause(s.ctx)
		}
	}
	return s.print(stats, func() error { return nil })
}

func writeStat(s *session, st inspect.Stat) error {
	g := st.Geometry
	where := st.Path
	if st.Taken != nil {
		where += ", a dump of " + st.Taken.Format("2006-01-02 15:04:05")
	} else if !st.Live {
		where += ", a copy"
	}
	say := func(what, format string, a ...any) {
		fmt.Fprintf(s.stdout, "%-9s %s\n", what, fmt.Sprintf(format, a...))
	}
	say("ring", "%s, kind %s", fleetOf(st.Segment), kind(st.Segment))
	say("at", "%s", inspect.Printable(where))
	say("shape", "%s, %s of %d slots, %d bytes of payload in %d, %s in all, layout %s",
		g.Topology, many(int(g.Lanes), "lane"), g.Capacity, g.Payload, g.Stride, size(st.Bytes), g.Layout)
	if g.Type != "" {
		say("type", "%s, fingerprint %s", inspect.Printable(g.Type), g.Fingerprint)
	}
	say("access", "mode %s, user %d, group %d", st.Mode, st.Owner, st.Group)
	say("created", "%s ago, instance %s", span(st.Age), g.Instance)
	say("live", "%s", nodes(st.Segment))
	waiting := "nobody has parked since the last wake"
	if st.Waiters {
		waiting = "readers may be parked"
	}
	if st.Fence {
		waiting += "; publishers fence"
	}
	say("waiting", "%s, %d wakes", waiting, st.Wakes)
	fmt.Fprintln(s.stdout)

	t := table{head: []string{"LANE", "HEAD", "FLOOR", "READABLE", "RATE/s", "HOLES", "STALLED", "WRITING", "NEWEST"}, right: "rrrrrrrrl"}
	idle := 0
	for _, l := range st.Lanes {
		if l.Head == 0 && l.Newest == nil && len(st.Lanes) > 8 {
			idle++
			continue
		}
		newest := "none"
		if l.Newest != nil {
			newest = frameText(l.Newest)
		}
		t.row(fmt.Sprint(l.Lane), fmt.Sprint(l.Head), fmt.Sprint(l.Floor), fmt.Sprint(l.Committed), rateOf(st, l.Rate),
			fmt.Sprint(l.Holes), fmt.Sprint(l.Stalled), fmt.Sprint(l.Writing), newest)
	}
	if err := t.write(s.stdout); err != nil {
		return err
	}
	if idle > 0 {
		fmt.Fprintf(s.stdout, "%d more lanes were never written\n", idle)
	}
	for _, l := range st.Lanes {
		for _, in := range l.Inside {
			life := "alive"
			if !in.Alive {
				life = "dead: the next writer takes the slot over"
			}
			fmt.Fprintf(s.stdout, "lane %d, position %d: %s, node %d is %s\n", l.Lane, in.Position, in.State, in.Node, life)
		}
	}
	if g.Topology == "shared" && len(st.Nodes) > 0 && st.Interval > 0 {
		var shares []string
		for _, n := range st.Nodes {
			shares = append(shares, fmt.Sprintf("node %d %s", n.Node, rate(n.Rate)))
		}
		fmt.Fprintf(s.stdout, "frames a second: %s\n", strings.Join(shares, ", "))
	}
	return nil
}

func rateOf(st inspect.Stat, r float64) string {
	if st.Interval == 0 {
		return "-"
	}
	return rate(r)
}
