//go:build linux

package ring_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/internal/proctest"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/internal/futex"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// clock reads CLOCK_MONOTONIC, the same for all processes, without a system
// call.
type clock struct {
	begun time.Time
	at    int64
}

func newClock() clock {
	var now unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	return clock{time.Now(), now.Nano()}
}

func (c clock) now() int64 { return c.at + int64(time.Since(c.begun)) }

// waker is a reader that sleeps as it is told and says when it was awake and had
// what it was woken for:
//
//	raw: on a bare word · park: in Wait · cancel: in Wait with a context that can end
func waker(p *proctest.Parent, args []string) error {
	cpu, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	defer pin(cpu)()
	s, err := shm.Attach(args[0], shm.Options{})
	if err != nil {
		return err
	}
	x, err := ring.Open(s)
	if err != nil {
		return err
	}
	defer x.Close()
	c, err := x.Cursor(ring.Now)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetWait(ring.Park)
	futex.Slice = time.Hour
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	now, f := newClock(), x.NewFrame()
	word := floorWord(s.Bytes()[x.Identity().Geometry.AuxOffset():])
	p.Say("%d %d", address(word), address(floorWord(s.Bytes()[layout.WakeOffset:])))
	for {
		how, ok := p.Hear()
		if !ok {
			return nil
		}
		switch how {
		case "raw":
			floorSleep(word, atomic.LoadUint32(word))
		case "park":
			err = c.Wait(context.Background())
		case "cancel":
			err = c.Wait(ctx)
		}
		if err != nil {
			return err
		}
		if how != "raw" {
			if ok, err := c.Next(&f); err != nil || !ok {
				return fmt.Errorf("no frame after Wait: %v, %v", ok, err)
			}
		}
		p.Say("%d", now.now())
	}
}

// pin binds the caller to a thread and that to a CPU until the result is called.
func pin(cpu int) (release func()) {
	runtime.LockOSThread()
	var before, one unix.CPUSet
	one.Set(cpu)
	if unix.SchedGetaffinity(0, &before) != nil || unix.SchedSetaffinity(0, &one) != nil {
		return runtime.UnlockOSThread
	}
	return func() {
		unix.SchedSetaffinity(0, &before)
		runtime.UnlockOSThread()
	}
}

// twoCPUs returns two CPUs that this process may use, the same one twice if it
// has no other.
func twoCPUs(b *testing.B) (first, second int) {
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		b.Fatal(err)
	}
	first = -1
	for cpu := range 1024 {
		switch {
		case !all.IsSet(cpu):
		case first < 0:
			first, second = cpu, cpu
		default:
			return first, cpu
		}
	}
	return first, second
}

// BenchmarkWake measures from before the publish until a parked reader of
// another process, on another CPU, has the frame, and by turns the same from before a bare
// FUTEX_WAKE until the bare FUTEX_WAIT is over. It reports medians, and the ratio
// of the medians.
func BenchmarkWake(b *testing.B) {
	for _, how := range []string{"park", "cancel"} {
		b.Run(how, func(b *testing.B) { benchmarkWake(b, how) })
	}
}

func benchmarkWake(b *testing.B, how string) {
	id := shape(layout.Lane, 1, 1024, 40)
	id.Geometry.Aux = layout.Separation
	name := newName(b)
	s, err := shm.Open(name, id, shm.Options{})
	if err != nil {
		b.Fatal(err)
	}
	x, err := ring.Open(s)
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	w, err := x.Writer(0)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	here, there := twoCPUs(b)
	c := proctest.Start(b, "waker", name, fmt.Sprint(there)) // before pinning: a child inherits it
	defer pin(here)()
	var rawAt, wakeAt uintptr
	if _, err := fmt.Sscan(c.Hear(), &rawAt, &wakeAt); err != nil {
		b.Fatal(err)
	}
	word, now, payload := floorWord(s.Bytes()[x.Identity().Geometry.AuxOffset():]), newClock(), make([]byte, 32)
	took := map[string][]int64{}
	for i := range 2 * b.N {
		order := []string{"raw", how}[i%2]
		c.Say("%s", order)
		c.Await(order, func() bool {
			if order == "cancel" {
				return c.InCall(unix.SYS_FUTEX_WAITV)
			}
			return c.InCall(unix.SYS_FUTEX, map[string]uintptr{"raw": rawAt, "park": wakeAt}[order])
		})
		begun := now.now()
		if order == "raw" {
			floorWake(word)
		} else if _, err := w.Publish(0, 0, payload); err != nil {
			b.Fatal(err)
		}
		at, err := strconv.ParseInt(strings.TrimSpace(c.Hear()), 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		took[order] = append(took[order], at-begun)
	}
	c.Leave()
	median := func(order string) float64 {
		slices.Sort(took[order])
		return float64(took[order][len(took[order])/2])
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median("raw"), "floor-ns")
	b.ReportMetric(median(how), "wake-ns")
	b.ReportMetric(median(how)/median("raw"), "x-floor")
}

// BenchmarkLanePublish publishes where nobody is parked. scripts/waitcost.sh
// compares it with a build whose publish knows nothing of parking.
func BenchmarkLanePublish(b *testing.B) {
	x, err := ring.New(shape(layout.Lane, 1, 1024, 40))
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	w, err := x.Writer(0)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	payload := make([]byte, 32)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Publish(0, 0, payload); err != nil {
			b.Fatal(err)
		}
	}
}
