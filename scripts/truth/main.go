// Truth finds out how often orbitbench ab tells the truth: it builds Orbit three
// times, as it is and with publishing made 5 and 10 % slower, and compares these
// builds again and again beside a neighbour that burns processor time in bursts.
// Each comparison is a line of the record; the tally states how many verdicts
// were right, with the interval that the number of comparisons allows.
//
//	go run ./scripts/truth -n 20 -o results/truth.jsonl      20 of each kind
//	go run ./scripts/truth -n 1 -kind aa -o results/truth.jsonl
//	go run ./scripts/truth -tally -o results/truth.jsonl     what there is so far
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/orbitring/orbit/bench"
	"github.com/orbitring/orbit/bench/gate"
)

// A kind of comparison. The threshold of one is what it is meant to find: half
// of the +5 % builds measure less than 5 %, whatever the method.
type kind struct {
	Name      string
	Tax       string // of the new build
	Threshold float64
	What      string
	Want      gate.Verdict // "": no difference
}

var kinds = []kind{
	{"aa", "0", 0.05, "a build with itself, called different", ""},
	{"b10", "0.10", 0.05, "+10 % in publish, found", gate.Regression},
	{"b5", "0.05", 0.025, "+5 % in publish, found at a threshold of 2.5 %", gate.Regression},
}

// A line of the record.
type line struct {
	Kind    string
	Ended   time.Time
	Seconds float64
	Rounds  int
	Flags   []string
	Commit  string
	*gate.Judgement
	Failures []string `json:",omitempty"`
}

const burnEnv = "ORBIT_TRUTH_BURN"

func main() {
	if os.Getenv(burnEnv) != "" {
		burn()
	}
	n := flag.Int("n", 1, "comparisons of each kind")
	only := flag.String("kind", "", "aa, b10 or b5; all in turn if empty")
	rounds := flag.Int("rounds", 24, "rounds of a comparison")
	within := flag.Duration("within", 3*time.Minute, "limit of a comparison")
	flags := flag.String("flags", "-mode=stream -topology=1x1 -payload=64 -peers=none -count=8 -duration=2ms", "of run")
	builds := flag.String("builds", "", "keep the builds in this folder, and use those that are there")
	quiet := flag.Bool("quiet", false, "no neighbour")
	tallyOnly := flag.Bool("tally", false, "only count what is recorded")
	out := flag.String("o", "truth.jsonl", "the record, appended to")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if !*tallyOnly {
		if err := campaign(ctx, *n, *only, *rounds, *within, strings.Fields(*flags), *builds, *quiet, *out); err != nil {
			fmt.Fprintln(os.Stderr, "truth:", err)
			os.Exit(1)
		}
	}
	if err := tally(*out); err != nil {
		fmt.Fprintln(os.Stderr, "truth:", err)
		os.Exit(1)
	}
}

func campaign(ctx context.Context, n int, only string, rounds int, within time.Duration, flags []string, dir string, quiet bool, out string) error {
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "orbit-truth-*"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	record, err := os.OpenFile(out, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer record.Close()
	if !quiet {
		stop, err := neighbour()
		if err != nil {
			return err
		}
		defer stop()
	}
	old, err := build(ctx, dir, "old", "0")
	if err != nil {
		return err
	}
	for i := range n {
		for _, k := range kinds {
			if only != "" && only != k.Name {
				continue
			}
			new, err := build(ctx, dir, k.Name, k.Tax)
			if err != nil {
				return err
			}
			d := gate.Duel{
				Old: old, New: new, Flags: flags, Rounds: rounds, Within: within, Seed: rand.Uint64(),
				Rule: gate.Rule{Threshold: k.Threshold, Alpha: gate.DefaultRule.Alpha},
			}
			o, err := gate.Interleave(ctx, d, func(gate.Progress) {})
			if err != nil {
				return err
			}
			text, err := json.Marshal(line{k.Name, time.Now().UTC().Truncate(time.Second), o.Seconds, o.Rounds, flags, bench.NewHost().Commit, o.Judgement, o.Failures})
			if err != nil {
				return err
			}
			if _, err := record.Write(append(text, '\n')); err != nil {
				return err
			}
			fmt.Printf("%d/%d %-3s %3d rounds %3.0f s  %s\n", i+1, n, k.Name, o.Rounds, o.Seconds, o.Judgement.Sentence())
		}
	}
	return nil
}

// build makes the truth build with a tax; once for each commit and name.
func build(ctx context.Context, dir, name, tax string) (string, error) {
	path := filepath.Join(dir, name+"-"+bench.NewHost().Commit)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "truth", "-o", path,
		"-ldflags", "-X github.com/orbitring/orbit/bench.taxRate="+tax, "./cmd/orbitbench")
	cmd.Stderr = os.Stderr
	return path, cmd.Run()
}

// neighbour starts a process that takes a processor for a part of the time, in
// bursts of chance length, until stop is called.
func neighbour() (stop func(), err error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), burnEnv+"=1")
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() { lifeline.Close(); cmd.Wait() }, nil
}

// burn is busy for 0 to 400 ms and idle as long, until its parent is gone.
func burn() {
	go func() {
		os.Stdin.Read(make([]byte, 1)) // ends with the parent
		os.Exit(0)
	}()
	for {
		for end := time.Now().Add(rand.N(400 * time.Millisecond)); time.Now().Before(end); {
		}
		time.Sleep(rand.N(400 * time.Millisecond))
	}
}

func tally(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	type count struct {
		n, hits, unsure, failures int
		seconds                   float64
	}
	counts := map[string]*count{}
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		var l line
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		c := counts[l.Kind]
		if c == nil {
			c = &count{}
			counts[l.Kind] = c
		}
		c.n++
		c.seconds += l.Seconds
		c.failures += len(l.Failures)
		switch v := l.Verdict; {
		case v == gate.CannotTell:
			c.unsure++
		case l.Kind == "aa" && (v == gate.Regression || v == gate.Improvement), v == gate.Regression:
			c.hits++
		}
	}
	for _, k := range kinds {
		c := counts[k.Name]
		if c == nil {
			continue
		}
		lo, hi := gate.Binomial(c.hits, c.n, 0.95)
		fmt.Printf("%-50s %3d of %3d  (95 %% interval %.0f to %.0f %%), cannot tell %d, %.0f s each\n",
			k.What, c.hits, c.n, 100*lo, 100*hi, c.unsure, c.seconds/float64(c.n))
	}
	return in.Err()
}
