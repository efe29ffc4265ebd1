package main

import (
	"fmt"
	"time"

	"github.com/orbitring/orbit/inspect"
	"github.com/orbitring/orbit/internal/cli"
)

type topCmd struct {
	Fleet    string `arg:"" optional:"" help:"Only this fleet."`
	Interval string `default:"1s" placeholder:"D" help:"Between two looks (1s)."`
	Once     bool   `help:"Look for one interval, print once, and end."`
	Rounds   int    `placeholder:"N" help:"End after so many rounds."`
}

// Run is the verb.
func (c *topCmd) Run(s *session) error {
	every, err := period("interval", c.Interval, 10*time.Millisecond)
	if err != nil {
		return err
	}
	if c.Rounds < 0 {
		return cli.Usage("-rounds %d: it cannot be negative", c.Rounds)
	}
	if c.Once {
		c.Rounds = 1
	}
	w := inspect.NewWatch(s.place, c.Fleet)
	defer w.Close()
	if _, err := w.Round(); err != nil { // rates need two looks
		return err
	}
	screen := newScreen(s.stdout)
	defer screen.close()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 0; c.Rounds == 0 || n < c.Rounds; n++ {
		select {
		case <-s.ctx.Done():
			return nil
		case <-tick.C:
		}
		top, err := w.Round()
		if err != nil {
			return err
		}
		if s.json {
			err = s.line(top)
		} else {
			err = screen.show(topPage(top, every))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func topPage(top inspect.Top, every time.Duration) *page {
	var p page
	bytes := int64(0)
	fleets := map[string]bool{}
	for _, r := range top.Rings {
		bytes += r.Bytes
		fleets[fmt.Sprint(r.Fleet, r.UID)] = true
	}
	space := ""
	if top.Total > 0 {
		space = fmt.Sprintf(", %s free of %s", size(int64(top.Free)), size(int64(top.Total)))
	}
	p.add(bold, fmt.Sprintf("orbit top  %s  %s  every %v", top.At.Format(time.TimeOnly), top.Dir, every))
	p.add(dim, fmt.Sprintf("%s, %s, %s, %s%s",
		many(len(fleets), "fleet"), many(len(top.Rings), "ring"), many(len(top.Members), "member"), size(bytes), space))
	p.add("", "")
	rings := table{head: []string{"FLEET", "KIND", "RING", "RATE/s", "KEEPS", "HEAD", "SIZE", "LIVE", "NOTE"}, right: "lllrrrrrl"}
	for _, r := range top.Rings {
		note := ""
		switch {
		case r.Error != "":
			note = inspect.Printable(r.Error)
		case r.Removing:
			note = "being removed"
		case len(r.Nodes) == 0 && !r.Members:
			note = "nobody attached"
		case r.Waiters:
			note = "readers parked"
		}
		kept := "-"
		if r.Keeps > 0 {
			kept = span(r.Keeps)
		}
		rings.row(fleetOf(r.Segment), kind(r.Segment), shape(r.Geometry), rate(r.Rate), kept, count(float64(r.Head)), size(r.Bytes), fmt.Sprint(len(r.Nodes)), note)
	}
	if len(top.Rings) == 0 {
		p.add("", "no segments")
	} else {
		p.table(&rings)
	}
	if len(top.Members) > 0 {
		members := table{head: []string{"FLEET", "NODE", "PID", "UP", "RINGS", "RATE/s", "BEAT", "LOAD"}, right: "lrrrrrrr"}
		for _, m := range top.Members {
			pid, up, beat, load := "-", "-", "-", "-"
			if m.PID != 0 {
				pid, up = fmt.Sprint(m.PID), span(m.Age)
			}
			if m.Beat != nil {
				beat, load = span(m.Beat.Age)+" ago", fmt.Sprint(m.Beat.Load)
			}
			members.row(m.Fleet, fmt.Sprint(m.Node), pid, up, fmt.Sprint(m.Rings), rate(m.Rate), beat, load)
		}
		p.add("", "")
		p.table(&members)
	}
	p.add("", "")
	p.add(dim, "RATE/s: positions a second. KEEPS: how far behind a reader may be and lose nothing.")
	return &p
}
