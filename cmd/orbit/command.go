package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/orbitring/orbit/inspect"
	"github.com/orbitring/orbit/internal/cli"
)

// commands are the flags that all verbs have, and the verbs.
type commands struct {
	Dir  string `placeholder:"DIR" help:"Directory of the segments (/dev/shm on Linux)."`
	UID  string `placeholder:"UID" help:"Only this user's segments (everyone's; of several that have a ring, your own)."`
	JSON bool   `help:"Print JSON, as docs/inspect.md describes it."`

	Ls     lsCmd     `cmd:"" default:"withargs" help:"List segments and who lives in them (what orbit does when no verb is given)."`
	Stat   statCmd   `cmd:"" help:"Show one ring, or those of a fleet, in detail."`
	Top    topCmd    `cmd:"" help:"Watch all rings and members move."`
	Tail   tailCmd   `cmd:"" help:"Print frames as they come."`
	Dump   dumpCmd   `cmd:"" help:"Copy a segment to a file, which stat and tail read like a segment."`
	GC     gcCmd     `cmd:"" name:"gc" help:"Tell which segments no live member holds; remove them with -remove."`
	Doctor doctorCmd `cmd:"" help:"Look for what is wrong, with evidence and remedy."`
}

const about = `Looks into the segments of this host. Everything but gc -remove maps them read-only, takes no lock, creates nothing, and
does not slow a writer.

Examples:
  orbit                                 what is there
  orbit top                             how it moves
  orbit stat prices 7                   one ring; a kind is a number, or cache, event, heartbeat, contest, roll
  orbit tail -back 10 shop event        the last ten events and those to come
  orbit dump -o evidence shop event     then: orbit tail ./evidence
  orbit gc                              what could go; orbit gc -remove
  orbit doctor

Exit codes: 0 done, also when top or tail is interrupted; 1 it could not be done; 2 bad usage; 3 doctor found something that
needs attention.`

// errSick: the report says why.
var errSick = errors.New("the doctor found something")

// session is what a verb works with.
type session struct {
	ctx            context.Context
	stdout, stderr io.Writer
	place          inspect.Place
	json           bool
}

// command runs one command line and returns the exit code.
func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	err := run(ctx, args, stdout, stderr)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errSick):
		return exitSick
	}
	fmt.Fprintln(stderr, "orbit:", strings.ReplaceAll(strings.TrimPrefix(err.Error(), "orbit: "), "--", "-"))
	if _, ok := errors.AsType[*cli.UsageError](err); ok || errors.Is(err, inspect.ErrKind) {
		return exitUsage
	}
	return exitFailed
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var c commands
	k, err := cli.Parse("orbit", about, &c, args, stdout, stderr)
	if err != nil || k == nil {
		return err
	}
	s := &session{ctx: ctx, stdout: stdout, stderr: stderr, json: c.JSON, place: inspect.Place{Dir: c.Dir, UID: inspect.Everyone}}
	if c.UID != "" {
		uid, err := strconv.ParseUint(c.UID, 10, 32)
		if err != nil {
			return cli.Usage("-uid %s is not a user's number", inspect.Printable(c.UID))
		}
		s.place.UID = int64(uid)
	}
	if c.Dir != "" {
		if info, err := os.Stat(c.Dir); err != nil {
			return err
		} else if !info.IsDir() {
			return cli.Usage("-dir %s is no directory", inspect.Printable(c.Dir))
		}
	}
	return k.Run(s)
}

// print writes a result as JSON if that was asked for, or else as text does.
func (s *session) print(result any, text func() error) error {
	if !s.json {
		return text()
	}
	e := json.NewEncoder(s.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(result)
}

// line writes a result as JSON on one line.
func (s *session) line(result any) error {
	e := json.NewEncoder(s.stdout)
	e.SetEscapeHTML(false)
	return e.Encode(result)
}

// sources opens what arguments name.
func (s *session) sources(args []string) ([]*inspect.Source, error) {
	entries, err := s.place.Find(args)
	if err != nil {
		return nil, err
	}
	var all []*inspect.Source
	for _, e := range entries {
		o, err := inspect.Open(e)
		if err != nil {
			closeAll(all)
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// source opens the one ring that arguments name.
func (s *session) source(verb string, args []string) (*inspect.Source, error) {
	all, err := s.sources(args)
	if err != nil {
		return nil, err
	}
	if len(all) == 1 {
		return all[0], nil
	}
	closeAll(all)
	return nil, cli.Usage("%s wants one ring, and fleet %s has %d: name the kind as well (orbit ls %s shows them)",
		verb, args[0], len(all), args[0])
}

func closeAll(all []*inspect.Source) {
	for _, o := range all {
		o.Close()
	}
}

// target is what names a ring.
type target struct {
	Ring []string `arg:"" name:"ring" help:"FLEET, or FLEET KIND, or the path of a segment or dump (with a '/')."`
}

func (t target) args() ([]string, error) {
	if len(t.Ring) > 2 {
		return nil, cli.Usage("%d arguments: a ring is FLEET KIND, or a path", len(t.Ring))
	}
	return t.Ring, nil
}

// period understands a flag that is a duration.
func period(flag, text string, least time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < least {
		return 0, cli.Usage("-%s %s is not a duration of at least %v, such as 500ms or 2s", flag, inspect.Printable(text), least)
	}
	return d, nil
}
