package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/alecthomas/kong"

	"github.com/orbitring/orbit/bench"
	"github.com/orbitring/orbit/bench/gate"
)

// abCmd lets two binaries run in turn.
type abCmd struct {
	Old       string `arg:"" help:"An orbitbench binary, the one to compare with."`
	New       string `arg:"" help:"The orbitbench binary that is judged."`
	Rounds    string `placeholder:"N" help:"Pairs of every row (30)."`
	Within    string `placeholder:"TIME" help:"Stop after this time with what there is (3m)."`
	Threshold string `placeholder:"PERCENT" help:"Slower by less is let pass (5)."`
	Seed      string `placeholder:"N" help:"Of the order within rounds; chance if not given."`
	runCmd
}

// Run is the verb.
func (c *abCmd) Run(s *session, k *kong.Context) error {
	duel, err := c.duel()
	if err != nil {
		return err
	}
	if duel.Flags, err = c.runFlags(k); err != nil {
		return err
	}
	if err := duel.Check(); err != nil {
		return usageError{err.Error()}
	}
	if c.Output != "" {
		if err := bench.CheckRecordDir(c.Output); err != nil {
			return usageError{err.Error()}
		}
	}
	p := newProgress(s.stderr)
	out, err := gate.Interleave(s.ctx, duel, func(x gate.Progress) {
		p.tell(x.Round >= x.Rounds, fmt.Sprintf("round %d/%d, %v left", x.Round, x.Rounds, x.Left.Round(time.Second)))
	})
	p.clear()
	if err != nil {
		return err
	}
	record := gate.NewRecord(duel, out, append([]string{"orbitbench"}, s.args...))
	if c.Format == "json" {
		if err := record.WriteJSON(s.stdout); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(s.stdout, "old %s\nnew %s\n%d rounds in turn, %.0f s, order of seed %d\n\n", record.Old, record.New, out.Rounds, out.Seconds, out.Seed)
		if err := out.Judgement.Write(s.stdout); err != nil {
			return err
		}
		for _, f := range out.Failures {
			fmt.Fprintln(s.stdout, "a run was repeated:", f)
		}
	}
	if c.Output != "" {
		if err := record.Save(c.Output); err != nil {
			return err
		}
		fmt.Fprintln(s.stderr, "orbitbench: recorded in", c.Output)
	}
	return verdictError(out.Judgement)
}

// errRegression and errCannotTell are verdicts; the table has said the rest.
var (
	errRegression = errors.New("regression")
	errCannotTell = errors.New("cannot tell")
)

func verdictError(j *gate.Judgement) error {
	switch j.Verdict {
	case gate.Regression:
		return errRegression
	case gate.CannotTell:
		return errCannotTell
	}
	return nil
}

func (c *abCmd) duel() (gate.Duel, error) {
	d := gate.Duel{Old: c.Old, New: c.New, Rounds: 30, Within: 3 * time.Minute, Seed: rand.Uint64()}
	if c.Format == "bench" {
		return d, usage("-format bench: ab prints a verdict (table, json); -o DIR keeps the benchmark text of both")
	}
	rounds, err := number("rounds", c.Rounds, 20)
	if err != nil {
		return d, err
	}
	if c.Rounds != "" {
		d.Rounds = int(rounds)
	}
	if d.Rounds < 2 {
		return d, usage("-rounds %s compares nothing", c.Rounds)
	}
	if within, err := duration("within", c.Within); err != nil {
		return d, err
	} else if within > 0 {
		d.Within = within
	}
	if c.Seed != "" {
		if d.Seed, err = number("seed", c.Seed, 64); err != nil {
			return d, err
		}
	}
	d.Rule, err = rule(c.Threshold)
	return d, err
}

func rule(threshold string) (gate.Rule, error) {
	r := gate.DefaultRule
	if threshold == "" {
		return r, nil
	}
	percent, err := strconv.ParseFloat(threshold, 64)
	if err != nil || !(percent > 0 && percent <= 1000) {
		return r, usage("-threshold %q is not a number of percent above 0", threshold)
	}
	r.Threshold = percent / 100
	return r, nil
}

// runFlags checks the flags of run and returns those that both binaries get: a
// round must be short, and what is not Orbit's is not compared.
func (c *abCmd) runFlags(k *kong.Context) ([]string, error) {
	own := map[string]bool{"rounds": true, "within": true, "threshold": true, "seed": true, "o": true, "format": true}
	var flags []string
	given := map[string]bool{}
	for _, p := range k.Path {
		if p.Flag == nil || own[p.Flag.Name] {
			continue
		}
		given[p.Flag.Name] = true
		flags = append(flags, "--"+p.Flag.Name+"="+fmt.Sprint(p.Flag.Target.Interface()))
	}
	for _, f := range []struct {
		name, usual string
		value       *string
	}{
		{"topology", "1x1", &c.Topology}, {"payload", "64", &c.Payload}, {"peers", "none", &c.Peers},
		{"count", "4", &c.Count}, {"duration", "5ms", &c.Duration},
	} {
		if !given[f.name] {
			*f.value = f.usual
			flags = append(flags, "--"+f.name+"="+f.usual)
		}
	}
	_, err := c.plan()
	return flags, err
}

// writeJSON writes v for programs.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
