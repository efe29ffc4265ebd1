//go:build linux

package ring_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/internal/proctest"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/internal/futex"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// refusals are the system calls that a sandbox may refuse.
var refusals = map[string]uint32{"membarrier": unix.SYS_MEMBARRIER, "futex_waitv": unix.SYS_FUTEX_WAITV}

// forgottenSlice is longer than any round: who sleeps it out was not woken.
const forgottenSlice = 30 * time.Second

// sandboxed is a process whose kernel refuses some calls, args[2:], with the
// error number args[1]. It opens the ring args[0] and does what it is told:
//
//	parking · bounce NODE ROUNDS · cancel
func sandboxed(p *proctest.Parent, args []string) error {
	futex.Slice = forgottenSlice
	errno, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	var calls []uint32
	for _, name := range args[2:] {
		calls = append(calls, refusals[name])
	}
	if err := refuseCalls(unix.Errno(errno), calls...); err != nil {
		p.Say("no filter: %v", err)
		p.Stay()
		return nil
	}
	for i, call := range calls {
		if _, _, e := unix.Syscall6(uintptr(call), 0, 0, 0, 0, 0, 0); e != unix.Errno(errno) {
			return fmt.Errorf("%s is not refused: %v", args[2+i], e)
		}
	}
	s, err := shm.Attach(args[0], shm.Options{})
	if err != nil {
		return err
	}
	x, err := ring.Open(s)
	if err != nil {
		return err
	}
	defer x.Close()
	p.Say("ready")
	for {
		line, ok := p.Hear()
		if !ok {
			return nil
		}
		words := strings.Fields(line)
		switch words[0] {
		case "parking":
			text, err := json.Marshal(ring.Parking())
			if err != nil {
				return err
			}
			p.Say("%s", text)
		case "bounce":
			node, err := strconv.Atoi(words[1])
			if err != nil {
				return err
			}
			rounds, err := strconv.Atoi(words[2])
			if err != nil {
				return err
			}
			if err := bounceParked(x, uint16(node), uint64(rounds)); err != nil {
				return err
			}
			p.Say("bounced")
		case "cancel":
			if err := cancelParked(x); err != nil {
				return err
			}
			p.Say("cancelled")
		}
	}
}

// bounceParked answers each frame of the other node with one of its own; node 0
// begins. It parks at once and for long.
func bounceParked(x *ring.Ring, node uint16, rounds uint64) error {
	w, err := x.Writer(node)
	if err != nil {
		return err
	}
	defer w.Close()
	c, err := x.Cursor(ring.Oldest)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetWait(ring.Park)
	f := x.NewFrame()
	for i := range rounds {
		if node == 0 {
			if _, err := w.Publish(0, i, nil); err != nil {
				return err
			}
		}
		for f.Version = ^uint64(0); f.Version != i || f.ID.Node() == node; {
			begun := time.Now()
			if err := c.Wait(context.Background()); err != nil {
				return err
			}
			if took := time.Since(begun); took >= forgottenSlice {
				return fmt.Errorf("round %d: nobody woke node %d, it slept for %v", i, node, took)
			}
			if ok, err := c.Next(&f); err != nil || !ok {
				return fmt.Errorf("round %d: Wait says that there is a frame, Next says %v, %v", i, ok, err)
			}
		}
		if node == 1 {
			if _, err := w.Publish(0, i, nil); err != nil {
				return err
			}
		}
	}
	if loss := c.Loss(); loss.Total() != 0 {
		return fmt.Errorf("lost %+v", loss)
	}
	return nil
}

// cancelParked is cancelled while it waits, or just before.
func cancelParked(x *ring.Ring) error {
	c, err := x.Cursor(ring.Now)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetWait(ring.Park)
	for i := range 20 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i)*100*time.Microsecond)
		err := c.Wait(ctx)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("a wait that ended says: %v", err)
		}
	}
	return nil
}

func TestASandboxThatRefusesCallsMakesWaitingSlowerNotWrong(t *testing.T) {
	if !shareable(t) {
		return
	}
	all := []string{"membarrier", "futex_waitv"}
	for _, c := range []struct {
		name   string
		errno  unix.Errno
		refuse [2][]string // to node 0 and to node 1
	}{
		{"membarrier to both", unix.EPERM, [2][]string{{"membarrier"}, {"membarrier"}}},
		{"membarrier to one", unix.EPERM, [2][]string{{"membarrier"}, nil}},
		{"futex_waitv to both", unix.ENOSYS, [2][]string{{"futex_waitv"}, {"futex_waitv"}}},
		{"all to both", unix.ENOSYS, [2][]string{all, all}},
		{"all to one", unix.EACCES, [2][]string{nil, all}},
	} {
		for _, topology := range []layout.Topology{layout.Lane, layout.Shared} {
			t.Run(fmt.Sprintf("%s, %v", c.name, topology), func(t *testing.T) {
				name := newName(t)
				s, err := shm.Open(name, shape(topology, map[layout.Topology]uint32{layout.Lane: 2, layout.Shared: 1}[topology], 1024, 8), shm.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				var sandboxes [2]*proctest.Child
				for i, refuse := range c.refuse {
					sandboxes[i] = proctest.Start(t, "sandboxed", append([]string{name, fmt.Sprint(int(c.errno))}, refuse...)...)
					said := sandboxes[i].Hear()
					if strings.HasPrefix(said, "no filter") && (os.Getenv("CI") != "true" || emulated()) {
						t.Skipf("NOTHING IS COVERED: %s", said)
					}
					if said != "ready" {
						t.Fatal(said)
					}
					parkingSays(t, sandboxes[i], refuse)
				}
				const rounds = 200
				for i, c := range sandboxes {
					c.Say("bounce %d %d", i, rounds)
				}
				for _, c := range sandboxes {
					c.Expect("bounced")
				}
				for _, c := range sandboxes {
					c.Answers("cancelled", "cancel")
					c.Leave()
				}
			})
		}
	}
}

// parkingSays holds a sandboxed process to saying what it lacks.
func parkingSays(t *testing.T, c *proctest.Child, refused []string) {
	t.Helper()
	want := ring.Parking()
	for _, name := range refused {
		switch name {
		case "membarrier":
			want.Barrier = false
		case "futex_waitv":
			want.Cancel = false
		}
	}
	var got ring.ParkSupport
	if err := json.Unmarshal([]byte(c.Ask("parking")), &got); err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("without %v Parking says %+v, want %+v", refused, got, want)
	}
	for _, name := range refused {
		if !strings.Contains(got.String(), name+" is refused") {
			t.Errorf("without %s Parking says: %v", name, got)
		}
	}
}

// emulated says that another program runs this binary.
func emulated() bool {
	exe, err := os.Executable()
	if err != nil {
		return false
	}
	real, err := os.Readlink("/proc/thread-self/exe")
	return err == nil && real != exe
}
