package main

import (
	"fmt"
	"io"
	"time"

	"github.com/orbitring/orbit/bench"
	"github.com/orbitring/orbit/internal/cli"
)

// progress tells on stderr how far the run is: one line that is written over on
// a terminal, a line every few seconds elsewhere.
type progress struct {
	w        io.Writer
	terminal bool
	last     time.Time
}

const (
	lineEvery = 5 * time.Second
	overEvery = 100 * time.Millisecond
)

func newProgress(w io.Writer) *progress {
	return &progress{w: w, terminal: cli.IsTerminal(w), last: time.Now()}
}

func (p *progress) show(x bench.Progress) {
	p.tell(x.Done >= x.Total, fmt.Sprintf("%d/%d samples, %v left, %d repeated: %v", x.Done, x.Total, x.Left.Round(time.Second), x.Repeats, x.Row))
}

// tell shows a line, if enough time has passed since the last one.
func (p *progress) tell(ended bool, text string) {
	every := lineEvery
	if p.terminal {
		every = overEvery
	}
	if time.Since(p.last) < every && !ended {
		return
	}
	p.last = time.Now()
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", text)
	} else {
		fmt.Fprintln(p.w, text)
	}
}

func (p *progress) clear() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// An eta tells how long the rest of something takes, going by what is done.
type eta struct{ began time.Time }

func newETA() eta { return eta{time.Now()} }

func (e eta) left(done, total int) time.Duration {
	if done == 0 {
		return 0
	}
	return (time.Since(e.began) / time.Duration(done) * time.Duration(total-done)).Round(time.Second)
}
