package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/orbitring/orbit/internal/cli"
)

// commands are the verbs.
type commands struct {
	Run     runCmd     `cmd:"" default:"withargs" help:"Measure (what orbitbench does when no verb is given)."`
	Floor   floorCmd   `cmd:"" help:"Measure the host's exchange floor and how steady it is."`
	Env     envCmd     `cmd:"" help:"Tell host facts, and warnings with their remedies."`
	Ab      abCmd      `cmd:"" help:"Let two orbitbench binaries run in turn and say whether the new one is slower."`
	Tune    tuneCmd    `cmd:"" help:"Find the smallest ring that loses nothing under a load."`
	Report  reportCmd  `cmd:"" help:"Make one page of recorded runs, comparisons and searches."`
	Compare compareCmd `cmd:"" help:"Say whether recorded runs are slower than others."`

	Completion completionCmd `cmd:"" help:"Print a script that lets bash or zsh complete command lines."`
}

const about = `Measures Orbit's rings between processes on this host, beside pipe, Unix socket and Go channel, and beside the
cheapest exchange the same processors can do.

Examples:
  orbitbench                                            the quick suite
  orbitbench -mode pingpong -payload 32                 only this
  orbitbench run -suite full -o results/mine            ten samples a row, recorded
  orbitbench -topology 1x2,2x1 -ring lane -peers none
  orbitbench -mode rate -rate 1e4 -wait spin,park       open loop: latency from the intended send time
  orbitbench -mode wake -peers pipe,mq                  publish until a sleeping reader runs
  orbitbench -mode lossy -capacity 1024                 producers that wait for nobody
  orbitbench floor
  orbitbench env
  orbitbench ab ./old ./new -ring lane                  two builds, in turn
  orbitbench compare results/old -- results/new         recorded runs
  orbitbench tune -payload 64 -rate 1e5 -stall 10ms     the smallest ring that loses nothing
  orbitbench report results/old -o report.html          a page of it

Exit codes: 0 done, 1 a row failed its checks or is slower than before, 2 bad usage, 3 cannot tell whether it is slower,
130 interrupted.`

// usageError is a mistake of the caller: one line, exit 2.
type usageError struct{ msg string }

func (e usageError) Error() string { return e.msg }

func usage(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// errFailedRows: the report says which.
var errFailedRows = errors.New("a row failed its checks")

// session is what a verb works with.
type session struct {
	ctx            context.Context
	args           []string
	stdout, stderr io.Writer
}

// command runs one command line and returns the exit code.
func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	err := parseAndRun(&session{ctx, args, stdout, stderr})
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "orbitbench: interrupted")
		return exitInterrupted
	case errors.Is(err, errFailedRows), errors.Is(err, errRegression):
		return exitFailed
	case errors.Is(err, errCannotTell):
		return exitCannotTell
	}
	fmt.Fprintln(stderr, "orbitbench:", longFlag.ReplaceAllString(err.Error(), "-$1"))
	if errors.As(err, new(usageError)) {
		return exitUsage
	}
	return exitFailed
}

// longFlag is how a parser that wants two dashes names a flag.
var longFlag = regexp.MustCompile(`--([a-z])`)

func parseAndRun(s *session) error {
	var c commands
	k, err := parse(&c, s)
	if err != nil || k == nil {
		return err
	}
	return k.Run(s, k)
}

// parse reads the command line; nil when it asked for help and got it.
func parse(c *commands, s *session) (*kong.Context, error) {
	args := s.args
	if len(args) > 0 && args[0] == "compare" { // to it -- is a sign, not the end of flags
		args = slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == "--" })
	}
	k, err := cli.Parse("orbitbench", about, c, args, s.stdout, s.stderr)
	if _, ok := errors.AsType[*cli.UsageError](err); ok {
		err = usageError{err.Error()}
	}
	return k, err
}

// words splits a comma-separated flag; nil when it was not given.
func words(flag, text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	all := strings.Split(text, ",")
	for i, w := range all {
		if w == "" {
			return nil, usage("-%s %q has an empty entry", flag, text)
		}
		for _, earlier := range all[:i] {
			if w == earlier {
				return nil, usage("-%s names %s twice", flag, w)
			}
		}
	}
	return all, nil
}

// oneOf refuses a word that is not known; soon lists those of the contract that
// are not built.
func oneOf(flag, word string, known, soon []string) error {
	for _, k := range known {
		if word == k {
			return nil
		}
	}
	for _, k := range soon {
		if word == k {
			return usage("-%s %s is not built yet (have %s)", flag, word, strings.Join(known, ", "))
		}
	}
	return usage("-%s %q is not one of %s", flag, word, strings.Join(known, ", "))
}

func duration(flag, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, usage("-%s %q is not a duration such as 50ms or 2s", flag, text)
	}
	return d, nil
}
