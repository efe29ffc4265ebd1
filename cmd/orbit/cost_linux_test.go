package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func init() { roles["top"] = top }

// top watches the directory args[0] every args[1], on another processor than the
// writer's.
func top(p *fleettest.Parent, args []string) error {
	if err := pin(1); err != nil {
		return err
	}
	p.Say("watching")
	go command(context.Background(), []string{"top", "-dir", args[0], "-interval", args[1]}, io.Discard, os.Stderr)
	p.Stay()
	return nil
}

func pin(cpu int) error {
	var set unix.CPUSet
	set.Set(cpu)
	return unix.SchedSetaffinity(0, &set)
}

// window is what the writer did during one window.
type window struct {
	frames, stores   uint64
	framesIn, floors time.Duration
}

// ratio is the time of a publish over that of a bare store of its size.
func (w window) ratio() float64 {
	return float64(w.framesIn) / float64(w.frames) / (float64(w.floors) / float64(w.stores))
}

// ORBIT_TOPCOST says how many pairs of windows to measure: top at work and top
// stopped, in turn. Within a window the writer publishes and measures its floor
// (the same bytes into private memory by plain stores) in turn.
func TestTopDoesNotSlowAWriter(t *testing.T) {
	pairs := 0
	if _, err := fmt.Sscan(os.Getenv("ORBIT_TOPCOST"), &pairs); err != nil || pairs < 1 {
		t.Skip("NOT MEASURED: it wants a quiet host; ORBIT_TOPCOST=12 says so")
	}
	if runtime.NumCPU() < 2 {
		t.Skip("NOT MEASURED: it wants two processors")
	}
	dir, err := os.MkdirTemp("/dev/shm", "orbit-topcost-")
	must(t, err)
	defer os.RemoveAll(dir)
	f, err := fleet.JoinShared("shop", fleet.Options{Size: 2, Dir: dir})
	must(t, err)
	defer f.Close()
	must(t, f.Define(7, fleet.Spec{Topology: layout.Lane, Capacity: 8192, Payload: 32}))
	a, err := f.Family(7)
	must(t, err)
	w, err := a.Writer()
	must(t, err)
	defer w.Close()
	for _, every := range []string{"1s", "100ms"} {
		c := fleettest.Start(t, "top", dir, every)
		c.Expect("watching")
		var changes []float64
		var with, without []float64
		for i := range pairs {
			var on, off window
			for _, at := range []bool{i%2 == 0, i%2 != 0} { // neither is always the first
				if at {
					syscall.Kill(c.Pid(), syscall.SIGCONT)
					on = measure(t, func() window { return stream(w.Publish, time.Second) })
				} else {
					syscall.Kill(c.Pid(), syscall.SIGSTOP)
					off = measure(t, func() window { return stream(w.Publish, time.Second) })
				}
			}
			with, without = append(with, on.ratio()), append(without, off.ratio())
			changes = append(changes, 100*(on.ratio()/off.ratio()-1))
		}
		c.Kill()
		slices.Sort(changes)
		slices.Sort(with)
		slices.Sort(without)
		mid := len(changes) / 2
		t.Logf("top every %s, %d pairs of 1 s: publish over floor %.3f with, %.3f without; change of a pair: median %+.2f %%, middle half %+.2f to %+.2f, all %+.2f to %+.2f",
			every, pairs, with[mid], without[mid], changes[mid], changes[mid/2], changes[len(changes)-1-mid/2], changes[0], changes[len(changes)-1])
		if changes[mid] >= 2 {
			t.Errorf("top every %s slows the writer by %.2f %%", every, changes[mid])
		}
	}
}

func measure(t *testing.T, f func() window) (w window) {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // the thread ends with the goroutine, and its pinning with it
		err := pin(0)
		if err == nil {
			w = f()
		}
		done <- err
	}()
	must(t, <-done)
	return w
}

var sink atomic.Uint64

// stream publishes and stores in turn.
func stream[ID any](publish func(uint8, uint64, []byte) (ID, error), lasting time.Duration) (w window) {
	const batch, slots = 4096, 8192
	payload := make([]byte, 32)
	floor := make([][8]uint64, slots)
	for begin := time.Now(); time.Since(begin) < lasting; {
		start := time.Now()
		for i := range uint64(batch) {
			publish(1, i, payload)
		}
		w.frames, w.framesIn = w.frames+batch, w.framesIn+time.Since(start)
		start = time.Now()
		for i := range uint64(batch) {
			line := &floor[(w.stores+i)%slots]
			line[0], line[1], line[2], line[3], line[4], line[5], line[6] = i, i, i, i, i, i, i
		}
		w.stores, w.floors = w.stores+batch, w.floors+time.Since(start)
	}
	sink.Store(floor[0][0])
	return w
}
