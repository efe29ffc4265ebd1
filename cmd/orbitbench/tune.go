package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/orbitring/orbit/bench"
	"github.com/orbitring/orbit/bench/tune"
)

// tuneCmd looks for the smallest ring that holds a load.
type tuneCmd struct {
	Payload string `placeholder:"N" help:"Bytes of a message (64)."`
	Rate    string `placeholder:"N" help:"Messages a second, of all writers together (1e5)."`
	Burst   string `placeholder:"N" help:"Messages that are sent at once (1)."`
	Readers string `placeholder:"N" help:"Reading processes (1)."`
	Writers string `placeholder:"N" help:"Writing processes (1)."`
	Stall   string `placeholder:"TIME" help:"For how long a reader may be away (10ms); it really sleeps. 0 for never."`
	Budget  string `placeholder:"SIZE" help:"That the segment may take, such as 64MiB (64MiB)."`
	Margin  string `placeholder:"X" help:"The search makes stalls and bursts X times as long (1.5)."`
	Runs    string `placeholder:"N" help:"Fresh runs that confirm the pick (5)."`
	Ring    string `default:"lane" placeholder:"LIST" help:"lane, shared: what to search."`
	Wait    string `default:"auto,spin,yield,park" placeholder:"LIST" help:"Ways of readers to wait."`
	Pin     string `default:"auto" placeholder:"auto|none|LIST" help:"Processors of the hot threads."`
	Output  string `name:"o" short:"o" placeholder:"DIR" help:"Keep tune.json and the picture of the frontier in DIR."`
	Format  string `default:"table" placeholder:"table|json" help:"What to print."`
}

// Run is the verb.
func (c *tuneCmd) Run(s *session) error {
	load, err := c.load()
	if err != nil {
		return err
	}
	if c.Output != "" {
		if err := bench.CheckRecordDir(c.Output); err != nil {
			return usageError{err.Error()}
		}
	}
	p := newProgress(s.stderr)
	eta := newETA()
	result, err := tune.Search(s.ctx, load, func(x tune.Progress) {
		p.tell(false, fmt.Sprintf("trial %d of about %d, %v left: %s %d slots, wait %s", x.Done+1, x.Expected, eta.left(x.Done, x.Expected), x.Shape.Ring, x.Shape.Capacity, x.Shape.Wait))
	})
	p.clear()
	switch {
	case errors.Is(err, tune.ErrLoad), errors.Is(err, tune.ErrRate):
		return usageError{err.Error()}
	case err != nil:
		return err
	}
	host := bench.NewHost()
	if c.Format == "json" {
		err = writeJSON(s.stdout, result)
	} else {
		err = result.Write(s.stdout, host)
	}
	if err != nil || c.Output == "" {
		return err
	}
	if err = tune.NewRecord(result, host, append([]string{"orbitbench"}, s.args...)).Save(c.Output); err == nil {
		fmt.Fprintln(s.stderr, "orbitbench: recorded in", c.Output)
	}
	return err
}

// load reads the flags.
func (c *tuneCmd) load() (tune.Load, error) {
	l := tune.Load{Tries: 3}
	if err := oneOf("format", c.Format, []string{"table", "json"}, nil); err != nil {
		return l, err
	}
	for _, f := range []struct {
		name, text string
		usual      uint64
		set        func(uint64)
	}{
		{"payload", c.Payload, 64, func(n uint64) { l.Payload = int(n) }},
		{"burst", c.Burst, 1, func(n uint64) { l.Burst = n }},
		{"readers", c.Readers, 1, func(n uint64) { l.Readers = int(n) }},
		{"runs", c.Runs, 5, func(n uint64) { l.Runs = int(n) }},
		{"writers", c.Writers, 1, func(n uint64) { l.Writers = int(n) }},
	} {
		n, err := number(f.name, f.text, 31)
		if err != nil {
			return l, err
		}
		if f.text == "" {
			n = f.usual
		}
		f.set(n)
	}
	if l.Readers < 1 || l.Readers > bench.MaxSide || l.Writers < 1 || l.Writers > bench.MaxSide {
		return l, usage("-readers and -writers must be 1 to %d processes each", bench.MaxSide)
	}
	var err error
	if l.Rate, err = positive("rate", c.Rate, 1e5); err != nil {
		return l, err
	}
	if l.Margin, err = positive("margin", c.Margin, 1.5); err != nil {
		return l, err
	}
	switch c.Stall {
	case "0":
	case "":
		c.Stall = "10ms"
		fallthrough
	default:
		if l.Stall, err = duration("stall", c.Stall); err != nil {
			return l, err
		}
	}
	if l.Budget, err = byteSize("budget", c.Budget, 64<<20); err != nil {
		return l, err
	}
	if l.Rings, err = transports("ring", c.Ring, names(tune.AllRings)); err != nil {
		return l, err
	}
	if len(l.Rings) == 0 {
		return l, usage("-ring %s leaves nothing to search", c.Ring)
	}
	waits, err := words("wait", c.Wait)
	if err != nil {
		return l, err
	}
	for _, w := range waits {
		if err := oneOf("wait", w, names(tune.AllWaits), nil); err != nil {
			return l, err
		}
		l.Waits = append(l.Waits, bench.Wait(w))
	}
	if l.Pin, err = bench.ParsePinning(c.Pin); err != nil {
		return l, usageError{err.Error()}
	}
	if err := l.Check(); err != nil {
		return l, usageError{err.Error()}
	}
	return l, nil
}

func positive(flag, text string, usual float64) (float64, error) {
	if text == "" {
		return usual, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !(x > 0 && x <= 1e12) {
		return 0, usage("-%s %q is not a number above 0", flag, text)
	}
	return x, nil
}

// byteSize reads 64MiB, 512KiB, 1GiB or plain bytes.
func byteSize(flag, text string, usual uint64) (uint64, error) {
	if text == "" {
		return usual, nil
	}
	digits, shift := text, 0
	for _, u := range []struct {
		name  string
		shift int
	}{{"KiB", 10}, {"MiB", 20}, {"GiB", 30}} {
		if d, ok := strings.CutSuffix(text, u.name); ok {
			digits, shift = d, u.shift
		}
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || n == 0 || n > 1<<46>>shift {
		return 0, usage("-%s %q is not a size such as 64MiB, 512KiB or 1GiB", flag, text)
	}
	return n << shift, nil
}
