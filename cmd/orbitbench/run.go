package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/orbitring/orbit/bench"
	"github.com/orbitring/orbit/internal/cli"
)

// runCmd holds the flags of run as they were written; plan gives them meaning,
// so that every mistake is told in the same words.
type runCmd struct {
	Suite    string `default:"quick" placeholder:"quick|full" help:"What to measure: quick (3 samples a row, under 30 s) or full (10 longer ones)."`
	Mode     string `placeholder:"LIST" help:"stream, lossy, pingpong, rate, wake (stream,pingpong)."`
	Topology string `placeholder:"LIST" help:"Producers x consumers, such as 1x1,1x3,3x1,2x2; each is a process."`
	Ring     string `placeholder:"LIST" help:"lane, shared, or none."`
	Payload  string `placeholder:"LIST" help:"Bytes of a message, such as 8,64,256."`
	Capacity string `placeholder:"N" help:"Slots of a lane, a power of two (8192); also a channel's buffer."`
	Stride   string `placeholder:"N" help:"Bytes from slot to slot, a multiple of 64; 0 is the smallest that fits."`
	Wait     string `placeholder:"LIST" help:"How consumers of a ring wait: spin, yield, park, auto. Without it stream and lossy look again and again, rate waits by auto, wake by park."`
	Batch    string `placeholder:"LIST" help:"Modes stream and lossy over a ring: messages that a producer publishes at a time (1; 1,8 for a stream over a lane 1x1)."`
	Rate     string `placeholder:"LIST" help:"Mode rate: messages a second, of all producers together, such as 1e5,1e6 (1e5)."`
	Burst    string `placeholder:"LIST" help:"Mode rate: messages due at the same moment (1)."`
	Idle     string `placeholder:"LIST" help:"Mode rate: gap after each burst, on top of what the rate asks for, such as 0,1ms (0)."`
	Stall    string `placeholder:"TIME" help:"Mode rate: consumers really sleep this long once every -every."`
	Every    string `placeholder:"TIME" help:"Of -stall (1s)."`
	Duration string `placeholder:"TIME" help:"Of one sample, such as 50ms."`
	Count    string `placeholder:"N" help:"Samples of each row."`
	Pin      string `default:"auto" placeholder:"auto|none|LIST" help:"Processors of the hot threads, producers and consumers in turn."`
	Peers    string `placeholder:"LIST" help:"pipe, socket, channel, or none."`
	Output   string `name:"o" short:"o" placeholder:"DIR" help:"Record the run in DIR: bench.txt for benchstat, manifest.json, .hgrm histograms. A name that ends in / gets a folder <date>-<host>-<commit>."`
	Format   string `default:"table" placeholder:"table|bench|json" help:"What to print: the table, Go benchmark text, or everything as JSON."`

	Copy     string `default:"auto" placeholder:"NAME" help:"Copy routines of the rings, such as generic; auto is their own choice. It is ORBIT_CPU of the workers."`
	Overhead bool   `help:"Also measure what the harness adds to a stream (suite full does)."`

	// Of the contract and not built: given, it is refused.
	Substrate string `hidden:"" default:"none"`
}

// Run is the verb.
func (c *runCmd) Run(s *session) error {
	plan, err := c.plan()
	if err != nil {
		return err
	}
	if strings.HasSuffix(c.Output, "/") {
		c.Output += bench.RecordName(bench.NewHost(), time.Now())
	}
	if c.Output != "" {
		if err := bench.CheckRecordDir(c.Output); err != nil {
			return usageError{err.Error()}
		}
	}
	p := newProgress(s.stderr)
	report, err := bench.Run(s.ctx, plan, p.show)
	p.clear()
	switch {
	case errors.Is(err, bench.ErrCopy), errors.Is(err, bench.ErrRoom):
		return usageError{err.Error()}
	case err != nil:
		return err
	}
	command := append([]string{"orbitbench"}, s.args...)
	switch c.Format {
	case "bench":
		err = report.WriteBench(s.stdout)
	case "json":
		err = report.WriteJSON(s.stdout, command)
	default:
		err = report.WriteTable(s.stdout, cli.Colourful(s.stdout))
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

func (c *runCmd) refuseUnbuilt() error {
	for _, f := range []struct{ name, given, usual string }{
		{"substrate", c.Substrate, "none"},
	} {
		if f.given != f.usual {
			return usage("-%s %s is not built yet", f.name, f.given)
		}
	}
	return nil
}
