package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/orbitring/orbit/bench"
)

// runCmd holds the flags of run as they were written; plan gives them meaning,
// so that every mistake is told in the same words.
type runCmd struct {
	Suite    string `default:"quick" placeholder:"quick|full" help:"What to measure: quick (3 samples a row, under 30 s) or full (10 longer ones)."`
	Mode     string `placeholder:"LIST" help:"stream, pingpong."`
	Topology string `placeholder:"LIST" help:"Producers x consumers, such as 1x1,1x2,2x1; each is a process."`
	Ring     string `placeholder:"LIST" help:"lane, shared, or none."`
	Payload  string `placeholder:"LIST" help:"Bytes of a message, such as 8,64,256."`
	Capacity string `placeholder:"N" help:"Slots of a lane, a power of two (8192); also a channel's buffer."`
	Stride   string `placeholder:"N" help:"Bytes from slot to slot, a multiple of 64; 0 is the smallest that fits."`
	Duration string `placeholder:"TIME" help:"Of one sample, such as 50ms."`
	Count    string `placeholder:"N" help:"Samples of each row."`
	Pin      string `default:"auto" placeholder:"auto|none|LIST" help:"Processors of the hot threads, producers and consumers in turn."`
	Peers    string `placeholder:"LIST" help:"pipe, unix, channel, or none."`
	Output   string `name:"o" short:"o" placeholder:"DIR" help:"Record the run in DIR: bench.txt for benchstat, manifest.json."`
	Format   string `default:"table" placeholder:"table|bench|json" help:"What to print: the table, Go benchmark text, or everything as JSON."`

	// Of the contract and not built: given, they are refused.
	Wait      string `hidden:"" default:"auto"`
	Copy      string `hidden:"" default:"auto"`
	Substrate string `hidden:"" default:"none"`
	Rate      string `hidden:""`
	Burst     string `hidden:""`
	Idle      string `hidden:""`
}

// Run is the verb.
func (c *runCmd) Run(s *session) error {
	plan, err := c.plan()
	if err != nil {
		return err
	}
	if c.Output != "" {
		if err := bench.CheckRecordDir(c.Output); err != nil {
			return usageError{err.Error()}
		}
	}
	p := newProgress(s.stderr)
	report, err := bench.Run(s.ctx, plan, p.show)
	p.clear()
	if err != nil {
		return err
	}
	command := append([]string{"orbitbench"}, s.args...)
	switch c.Format {
	case "bench":
		err = report.WriteBench(s.stdout)
	case "json":
		err = report.WriteJSON(s.stdout, command)
	default:
		err = report.WriteTable(s.stdout, colourful(s.stdout))
	}
	if err != nil {
		return err
	}
	if report.Interrupted {
		if c.Output != "" {
			fmt.Fprintln(s.stderr, "orbitbench: a part of a run is not recorded:", c.Output, "was not written")
		}
		return s.ctx.Err()
	}
	if c.Output != "" {
		if err := report.Save(c.Output, command); err != nil {
			return err
		}
		fmt.Fprintln(s.stderr, "orbitbench: recorded in", c.Output)
	}
	if report.Failed() {
		if c.Format == "bench" { // which has no place for it
			report.WriteFailures(s.stderr)
		}
		return errFailedRows
	}
	return nil
}

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
	modes, err := words("mode", c.Mode)
	if err != nil {
		return none, err
	}
	for _, m := range modes {
		if err := oneOf("mode", m, []string{"stream", "pingpong"}, []string{"rate", "wake"}); err != nil {
			return none, err
		}
		sel.Modes = append(sel.Modes, bench.Mode(m))
	}
	topologies, err := words("topology", c.Topology)
	if err != nil {
		return none, err
	}
	for _, text := range topologies {
		var t bench.Topology
		if err := t.UnmarshalText([]byte(text)); err != nil {
			return none, usage("-topology: %v", err)
		}
		sel.Topologies = append(sel.Topologies, t)
	}
	if slices.Contains(sel.Modes, bench.PingPong) && sel.Topologies != nil && !slices.Contains(sel.Topologies, bench.Topology{Producers: 1, Consumers: 1}) {
		return none, usage("-mode pingpong runs 1x1 only, which -topology %s leaves out", c.Topology)
	}
	if sel.Rings, err = transports("ring", c.Ring, []string{"lane", "shared"}, nil); err != nil {
		return none, err
	}
	if sel.Peers, err = transports("peers", c.Peers, []string{"pipe", "unix", "channel"}, []string{"socket", "seqpacket", "mq", "tcp"}); err != nil {
		return none, err
	}
	payloads, err := words("payload", c.Payload)
	if err != nil {
		return none, err
	}
	for _, text := range payloads {
		n, err := number("payload", text, 31)
		if err != nil {
			return none, err
		}
		sel.Payloads = append(sel.Payloads, int(n))
	}
	if sel.Capacity, err = number("capacity", c.Capacity, 64); err != nil {
		return none, err
	}
	if c.Capacity != "" && sel.Capacity == 0 {
		return none, usage("-capacity 0: a ring has at least 2 slots")
	}
	stride, err := number("stride", c.Stride, 32)
	if err != nil {
		return none, err
	}
	sel.Stride = uint32(stride)
	count, err := number("count", c.Count, 20)
	if err != nil {
		return none, err
	}
	if c.Count != "" && count == 0 {
		return none, usage("-count 0 measures nothing")
	}
	sel.Count = int(count)
	if sel.Duration, err = duration("duration", c.Duration); err != nil {
		return none, err
	}
	plan := bench.NewPlan(c.Suite, sel)
	if plan.Pin, err = bench.ParsePinning(c.Pin); err != nil {
		return none, usageError{err.Error()}
	}
	if err := plan.Check(); err != nil {
		return none, usageError{err.Error()}
	}
	return plan, nil
}

func (c *runCmd) refuseUnbuilt() error {
	for _, f := range []struct{ name, given, usual string }{
		{"wait", c.Wait, "auto"}, {"copy", c.Copy, "auto"}, {"substrate", c.Substrate, "none"},
		{"rate", c.Rate, ""}, {"burst", c.Burst, ""}, {"idle", c.Idle, ""},
	} {
		if f.given != f.usual {
			return usage("-%s %s is not built yet", f.name, f.given)
		}
	}
	return nil
}

func transports(flag, text string, known, soon []string) ([]bench.Transport, error) {
	if text == "none" {
		return []bench.Transport{}, nil
	}
	names, err := words(flag, text)
	var all []bench.Transport
	for _, n := range names {
		if err := oneOf(flag, n, known, soon); err != nil {
			return nil, err
		}
		all = append(all, bench.Transport(n))
	}
	return all, err
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

// colourful says whether to paint: only on a terminal, and not when NO_COLOR
// says no.
func colourful(w any) bool { return os.Getenv("NO_COLOR") == "" && isTerminal(w) }
