package proctest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
)

// A Role is what a child process does: it gets its arguments, hears and says
// lines, and ends when it returns. An error ends it with a line that says so,
// and with status 1.
type Role func(p *Parent, args []string) error

// longestLine bounds what a child can be told at once, in bytes.
const longestLine = 1 << 22

// Parent is the test as its child has it: one line at a time. One goroutine at a
// time may use it.
type Parent struct {
	lines chan string
	heard atomic.Int64 // lines that came and were not taken, and the end
	out   io.Writer
}

func play(name string, role Role) int {
	if role == nil {
		fmt.Fprintf(os.Stderr, "proctest: no role %q\n", name)
		return 2
	}
	p := newParent(os.Stdin, os.Stdout)
	if err := role(p, os.Args[1:]); err != nil {
		p.Say("error: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
		return 1
	}
	return 0
}

// newParent reads ahead, so that a role that is busy can see that something came.
func newParent(in io.Reader, out io.Writer) *Parent {
	p := &Parent{lines: make(chan string, 64), out: out}
	go func() {
		scan := bufio.NewScanner(in)
		scan.Buffer(nil, longestLine)
		for scan.Scan() {
			p.lines <- scan.Text()
			p.heard.Add(1)
		}
		close(p.lines)
		p.heard.Add(1)
	}()
	return p
}

// Pending says, at the cost of a load, that Hear will not wait.
func (p *Parent) Pending() bool { return p.heard.Load() > 0 }

// Hear waits for a line. False: the test is done with this child, or dead.
func (p *Parent) Hear() (string, bool) {
	line, ok := <-p.lines
	if ok {
		p.heard.Add(-1)
	}
	return line, ok
}

// Say tells the test a line.
func (p *Parent) Say(format string, a ...any) { fmt.Fprintf(p.out, format+"\n", a...) }

// Stay waits until the test is done with this child.
func (p *Parent) Stay() {
	for {
		if _, ok := p.Hear(); !ok {
			return
		}
	}
}
