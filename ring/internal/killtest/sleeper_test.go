//go:build linux && amd64 && !race

package killtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/internal/proctest"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/internal/futex"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// sleeper is a process that parks when it is told to, and says what ended that.
type sleeper struct {
	*proctest.Child
	slice time.Duration
	wake  uintptr // address of the futex word in its memory
}

// newSleeper starts one whose sleeps are bounded by slice. A cancellable one
// sleeps on two words at once.
func newSleeper(t *testing.T, f *os.File, slice time.Duration, cancellable bool) *sleeper {
	t.Helper()
	c := proctest.StartWith(t, []*os.File{f}, "sleeper", slice.String(), strconv.FormatBool(cancellable))
	s := &sleeper{Child: c, slice: slice}
	if _, err := fmt.Sscanf(c.Hear(), "%v", &s.wake); err != nil {
		t.Fatal(err)
	}
	return s
}

// playSleeper is the sleeper's life: told to watch it makes a cursor for what
// comes from now on, told to park it parks until there is something.
func playSleeper(p *proctest.Parent, args []string) error {
	slice, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	futex.Slice = slice
	s, err := shm.AttachFile(os.NewFile(3, "handed over"), false)
	if err != nil {
		return err
	}
	x, err := ring.Open(s)
	if err != nil {
		return err
	}
	defer x.Close()
	ctx := context.Background()
	if args[1] == "true" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
	}
	p.Say("%p", &s.Bytes()[layout.WakeOffset])
	f := x.NewFrame()
	var c *ring.Cursor
	for {
		order, ok := p.Hear()
		if !ok {
			return nil
		}
		if order == "watch" {
			if c != nil {
				if err := c.Close(); err != nil {
					return err
				}
			}
			if c, err = x.Cursor(ring.Now); err != nil {
				return err
			}
			c.SetWait(ring.Park)
			c.SetStallLimit(time.Hour) // a publisher that the tracer holds is not stalled
			p.Say("watching")
			continue
		}
		begun := time.Now()
		if err := c.Wait(ctx); err != nil {
			return err
		}
		took := time.Since(begun)
		a := awoken{Took: took}
		for {
			ok, err := c.Next(&f)
			if err != nil {
				return err
			}
			if !ok {
				break
			}
			if err := prove(f); err != nil {
				return err
			}
			a.Versions = append(a.Versions, f.Version)
		}
		if len(a.Versions) == 0 {
			return errors.New("Wait says that there is a frame, Next says that there is none")
		}
		a.Lost = c.Loss().Total()
		text, err := json.Marshal(a)
		if err != nil {
			return err
		}
		p.Say("%s", text)
	}
}

// awoken is how a sleep ended.
type awoken struct {
	Versions []uint64 // of the frames that were there
	Took     time.Duration
	Lost     uint64
}

// hearAwoken waits for the end of a sleep.
func (s *sleeper) hearAwoken() (a awoken, err error) {
	line := s.Hear()
	if err := json.Unmarshal([]byte(line), &a); err != nil {
		return a, fmt.Errorf("a parked reader says %q", line)
	}
	return a, nil
}

// byItself says that nobody woke the sleeper.
func (s *sleeper) byItself(a awoken) bool { return a.Took >= s.slice }

// park tells the sleeper to park and returns when the kernel has put it to
// sleep on the segment's futex word.
func (s *sleeper) park() {
	s.Say("park")
	s.Await("parking", s.parked)
}

// parked says that the sleeper is in a futex call on the segment's word, or in
// futex_waitv, which nothing else in a Go program makes.
func (s *sleeper) parked() bool {
	return s.InCall(unix.SYS_FUTEX, s.wake) || s.InCall(unix.SYS_FUTEX_WAITV)
}
