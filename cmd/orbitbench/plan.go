package main

import (
	"slices"
	"strconv"
	"time"

	"github.com/orbitring/orbit/bench"
)

// plan checks every flag and makes the plan of the run.
func (c *runCmd) plan() (bench.Plan, error) {
	var none bench.Plan
	if err := c.refuseUnbuilt(); err != nil {
		return none, err
	}
	if err := oneOf("suite", c.Suite, []string{"quick", "full"}, nil); err != nil {
		return none, err
	}
	if err := oneOf("format", c.Format, []string{"table", "bench", "json"}, nil); err != nil {
		return none, err
	}
	var sel bench.Selection
	for _, read := range []func(*bench.Selection) error{c.work, c.geometry, c.timetable, c.effort} {
		if err := read(&sel); err != nil {
			return none, err
		}
	}
	if c.Copy != "auto" {
		sel.Copy = c.Copy
	}
	plan := bench.NewPlan(c.Suite, sel)
	plan.Overhead = plan.Overhead || c.Overhead
	var err error
	if plan.Pin, err = bench.ParsePinning(c.Pin); err != nil {
		return none, usageError{err.Error()}
	}
	if err := plan.Check(); err != nil {
		return none, usageError{err.Error()}
	}
	return plan, nil
}

// work reads what is to be done, over what.
func (c *runCmd) work(sel *bench.Selection) error {
	modes, err := words("mode", c.Mode)
	if err != nil {
		return err
	}
	for _, m := range modes {
		if err := oneOf("mode", m, names(bench.Modes), nil); err != nil {
			return err
		}
		sel.Modes = append(sel.Modes, bench.Mode(m))
	}
	if sel.Topologies, err = topologies(c.Topology); err != nil {
		return err
	}
	left := func(fits func(bench.Topology) bool) bool {
		return sel.Topologies == nil || slices.ContainsFunc(sel.Topologies, fits)
	}
	if slices.Contains(sel.Modes, bench.PingPong) && !left(func(t bench.Topology) bool { return t.Producers == 1 && t.Consumers == 1 }) {
		return usage("-mode pingpong runs 1x1 only, which -topology %s leaves out", c.Topology)
	}
	if slices.Contains(sel.Modes, bench.Wake) && !left(func(t bench.Topology) bool { return t.Producers == 1 }) {
		return usage("-mode wake runs with one producer only, which -topology %s leaves out", c.Topology)
	}
	if sel.Rings, err = transports("ring", c.Ring, []string{"lane", "shared"}); err != nil {
		return err
	}
	if sel.Peers, err = transports("peers", c.Peers, names(bench.Peers)); err != nil {
		return err
	}
	waits, err := words("wait", c.Wait)
	if err != nil {
		return err
	}
	for _, w := range waits {
		if err := oneOf("wait", w, []string{"spin", "yield", "park", "auto"}, nil); err != nil {
			return err
		}
		sel.Waits = append(sel.Waits, bench.Wait(w))
	}
	return c.checkWaits(sel)
}

// checkWaits refuses a way to wait that no row could have.
func (c *runCmd) checkWaits(sel *bench.Selection) error {
	modes := sel.Modes
	if modes == nil {
		modes = []bench.Mode{bench.Stream, bench.PingPong}
	}
	if len(sel.Waits) > 0 && !slices.ContainsFunc(modes, func(m bench.Mode) bool { return m != bench.PingPong }) {
		return usage("-wait %s: mode pingpong always looks again and again", c.Wait)
	}
	if len(sel.Waits) > 0 && slices.Contains(modes, bench.Wake) {
		for _, w := range sel.Waits {
			if w == bench.Spin || w == bench.Yield {
				return usage("-mode wake with -wait %s: nobody would sleep; use park or auto", w)
			}
		}
	}
	return nil
}

// geometry reads the sizes of messages and rings.
func (c *runCmd) geometry(sel *bench.Selection) error {
	payloads, err := words("payload", c.Payload)
	if err != nil {
		return err
	}
	for _, text := range payloads {
		n, err := number("payload", text, 31)
		if err != nil {
			return err
		}
		sel.Payloads = append(sel.Payloads, int(n))
	}
	if sel.Capacity, err = number("capacity", c.Capacity, 64); err != nil {
		return err
	}
	if c.Capacity != "" && sel.Capacity == 0 {
		return usage("-capacity 0: a ring has at least 2 slots")
	}
	stride, err := number("stride", c.Stride, 32)
	sel.Stride = uint32(stride)
	return err
}

// timetable reads the flags of mode rate.
func (c *runCmd) timetable(sel *bench.Selection) error {
	for _, f := range []struct{ name, text string }{
		{"rate", c.Rate}, {"burst", c.Burst}, {"idle", c.Idle}, {"stall", c.Stall}, {"every", c.Every},
	} {
		if f.text != "" && !slices.Contains(sel.Modes, bench.Rate) {
			return usage("-%s %s is of -mode rate, which is not asked for", f.name, f.text)
		}
	}
	rates, err := words("rate", c.Rate)
	if err != nil {
		return err
	}
	for _, text := range rates {
		r, err := strconv.ParseFloat(text, 64)
		if err != nil || !(r > 0 && r <= 1e9) {
			return usage("-rate %q is not a number of messages a second, more than 0 and up to 1e9", text)
		}
		sel.Rates = append(sel.Rates, r)
	}
	bursts, err := words("burst", c.Burst)
	if err != nil {
		return err
	}
	for _, text := range bursts {
		n, err := number("burst", text, 20)
		if err != nil {
			return err
		}
		if n == 0 {
			return usage("-burst 0 sends nothing")
		}
		sel.Bursts = append(sel.Bursts, n)
	}
	idles, err := words("idle", c.Idle)
	if err != nil {
		return err
	}
	for _, text := range idles {
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return usage("-idle %q is not a duration such as 0 or 1ms", text)
		}
		sel.Idles = append(sel.Idles, d)
	}
	if sel.Stall, err = duration("stall", c.Stall); err != nil {
		return err
	}
	if sel.StallEvery, err = duration("every", c.Every); err != nil {
		return err
	}
	switch {
	case sel.Stall == 0 && sel.StallEvery > 0:
		return usage("-every %s says how often to stall; -stall is missing", c.Every)
	case sel.Stall > 0 && sel.StallEvery == 0:
		sel.StallEvery = time.Second
	}
	return nil
}

// effort reads how much is to be measured.
func (c *runCmd) effort(sel *bench.Selection) error {
	count, err := number("count", c.Count, 20)
	if err != nil {
		return err
	}
	if c.Count != "" && count == 0 {
		return usage("-count 0 measures nothing")
	}
	sel.Count = int(count)
	sel.Duration, err = duration("duration", c.Duration)
	return err
}

func transports(flag, text string, known []string) ([]bench.Transport, error) {
	if text == "none" {
		return []bench.Transport{}, nil
	}
	listed, err := words(flag, text)
	var all []bench.Transport
	for _, n := range listed {
		if err := oneOf(flag, n, known, nil); err != nil {
			return nil, err
		}
		all = append(all, bench.Transport(n))
	}
	return all, err
}

// names are the words of a list.
func names[T ~string](all []T) []string {
	words := make([]string, len(all))
	for i, x := range all {
		words[i] = string(x)
	}
	return words
}

// number reads an unsigned flag; 0 when it was not given.
func number(flag, text string, bits int) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, bits)
	if err != nil {
		return 0, usage("-%s %q is not a number from 0 to %d", flag, text, uint64(1)<<(bits-1)-1+uint64(1)<<(bits-1))
	}
	return n, nil
}

// topologies reads a list of topologies, or returns the usual ones.
func topologies(text string, usual ...bench.Topology) ([]bench.Topology, error) {
	listed, err := words("topology", text)
	if err != nil || listed == nil {
		return usual, err
	}
	var all []bench.Topology
	for _, text := range listed {
		var t bench.Topology
		if err := t.UnmarshalText([]byte(text)); err != nil {
			return nil, usage("-topology: %v", err)
		}
		all = append(all, t)
	}
	return all, nil
}
