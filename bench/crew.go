package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// workerEnv marks a process as a worker and names its slot.
const workerEnv = "ORBIT_BENCH_WORKER"

// copyEnv makes package ring use the copy routines of that name.
const copyEnv = "ORBIT_CPU"

// What a worker finds at these descriptors.
const (
	commandFD = 3 + iota
	lifelineFD
	pageFD
	floorFD
)

// A crew is the set of worker processes of a suite and the memory that they
// share. One goroutine at a time may use it, but kill may be called by any.
type crew struct {
	workers map[int]*worker // by slot
	plan    cpuPlan
	page    *mapping
	floor   *mapping
	gen     uint64 // barriers used so far
	floorAt map[floorTrack]uint64
	clock   *Clock
	start   chan func() // runs on the thread that the workers are children of
	retired chan struct{}
	asked   string   // copy routines that workers are to use, "" for their choice
	kernel  string   // those that they use
	alive   *os.File // the lifeline's only write end: workers end when it closes
}

type worker struct {
	slot    int
	cmd     *exec.Cmd
	fd      int
	pending bytes.Buffer
}

// A floorTrack is a sequence of numbers in the floors' memory. Floors that use the
// same words go on where the last of them stopped.
type floorTrack struct {
	mode    Mode
	variant floorVariant
}

// muster starts producers and consumers for topologies up to the given one.
func muster(t Topology, plan cpuPlan, clock *Clock, kernel string) (*crew, error) {
	c := &crew{
		workers: map[int]*worker{}, plan: plan, clock: clock, asked: kernel,
		floorAt: map[floorTrack]uint64{},
		start:   make(chan func()), retired: make(chan struct{}),
	}
	go c.parentThread()
	if err := c.muster(t); err != nil {
		c.kill()
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *crew) muster(t Topology) error {
	var err error
	if c.page, err = newMapping(pageSize); err != nil {
		return err
	}
	if c.floor, err = newMapping(floorSize(t.Producers)); err != nil {
		return err
	}
	lifeline, alive, err := os.Pipe()
	if err != nil {
		return err
	}
	defer lifeline.Close()
	c.alive = alive
	for _, s := range c.plan.seats(t) {
		if err := c.hire(s.slot(), c.plan.room(s.CPU, t), lifeline); err != nil {
			return err
		}
	}
	return nil
}

// parentThread is the thread that all workers are children of. The kernel kills
// them when it ends, so it must not end before they are meant to.
func (c *crew) parentThread() {
	runtime.LockOSThread() // never unlocked: the thread ends with its affinity
	defer close(c.retired)
	for f := range c.start {
		f()
	}
}

// hire starts one worker. Its threads may use its own processor and those that
// no hot thread uses; the hot thread pins itself.
func (c *crew) hire(slot int, room []int, lifeline *os.File) error {
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("workers are this program run again: %w", err)
	}
	ours, theirs, err := socketPair(unix.SOCK_STREAM)
	if err != nil {
		return os.NewSyscallError("socketpair", err)
	}
	command := os.NewFile(uintptr(theirs), "command")
	defer command.Close()
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(),
		workerEnv+"="+strconv.Itoa(slot),
		"GOGC=off",
		"GODEBUG="+strings.TrimPrefix(os.Getenv("GODEBUG")+",asyncpreemptoff=1", ","),
		"GOMAXPROCS="+strconv.Itoa(max(4, runtime.NumCPU())))
	if c.asked != "" {
		cmd.Env = append(cmd.Env, copyEnv+"="+c.asked)
	}
	cmd.Stderr = os.Stderr
	cmd.ExtraFiles = []*os.File{command, lifeline, c.page.file, c.floor.file}
	cmd.SysProcAttr = workerAttr()
	result := make(chan error)
	c.start <- func() {
		if len(room) > 0 {
			pinThread(room...)
		}
		result <- cmd.Start()
	}
	if err := <-result; err != nil {
		unix.Close(ours)
		return fmt.Errorf("start a worker: %w", err)
	}
	c.workers[slot] = &worker{slot: slot, cmd: cmd, fd: ours}
	return nil
}

// seats places a topology on the crew's processors.
func (c *crew) seats(t Topology) []seat { return c.plan.seats(t) }

// barriersARun is how many barriers a run may use.
const barriersARun = 2

// run gives every seat its order, waits for all of them and returns what they
// saw, in the order of seats. It closes the conduit as soon as everyone has his
// ends of it: the end of a pipe shows only when nobody else holds it open.
func (c *crew) run(ctx context.Context, o order, seats []seat, hand *conduit) ([]outcome, error) {
	o.Gen = c.gen + 1
	c.gen += barriersARun
	o.Party = nil
	for _, s := range seats {
		o.Party = append(o.Party, s.slot())
	}
	o.Clock = c.clock.stamper()

	var late sync.Once
	timedOut := false
	watchdog := time.AfterFunc(o.Spec.Duration+30*time.Second, func() {
		late.Do(func() { timedOut = true })
		c.kill()
	})
	defer watchdog.Stop()
	defer context.AfterFunc(ctx, c.kill)()

	groups := [][]seat{seats} // an in-process transport is one worker's affair
	if o.Spec.Transport != Channel {
		groups = slices.Collect(slices.Chunk(seats, 1))
	}
	for _, g := range groups {
		o.Seats = g
		files := hand.hand[g[0].slot()]
		o.Shared = len(files)
		if err := say(c.workers[g[0].slot()].fd, o, files...); err != nil {
			return nil, c.lost(ctx, err)
		}
	}
	if err := hand.close(); err != nil {
		return nil, err
	}
	var outcomes []outcome
	var failure error
	for _, g := range groups {
		w := c.workers[g[0].slot()]
		var r reply
		if _, err := hear(w.fd, &w.pending, &r); err != nil {
			late.Do(func() {})
			if timedOut {
				return nil, fmt.Errorf("%w: worker %d gave no answer", errDead, w.slot)
			}
			return nil, c.lost(ctx, err)
		}
		if r.Err != "" && failure == nil {
			failure = errors.New(r.Err)
		}
		outcomes = append(outcomes, r.Seats...)
		c.kernel = r.Kernel
	}
	if failure == nil && len(outcomes) != len(seats) {
		failure = fmt.Errorf("%d answers from %d seats", len(outcomes), len(seats))
	}
	return outcomes, failure
}

// errDead: the crew is of no more use.
var errDead = errors.New("a worker process is gone")

func (c *crew) lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %v", errDead, err)
}

// share is the smallest part of its wall time that a hot thread got its
// processor for. 1 where it cannot be told.
func share(outcomes []outcome) float64 {
	least := 1.0
	for _, o := range outcomes {
		if o.Ran > 0 && o.Wall > 0 {
			least = min(least, float64(o.Ran)/float64(o.Wall))
		}
	}
	return least
}

// kill ends the workers at once. Any goroutine may call it, at any time.
func (c *crew) kill() {
	for _, w := range c.workers {
		w.cmd.Process.Kill()
	}
}

// close sends the workers home, reaps them and frees what was shared.
func (c *crew) close() {
	for _, w := range c.workers {
		unix.Close(w.fd)
	}
	for _, w := range c.workers {
		t := time.AfterFunc(5*time.Second, func() { w.cmd.Process.Kill() })
		w.cmd.Wait()
		t.Stop()
	}
	close(c.start)
	<-c.retired
	if c.alive != nil {
		c.alive.Close()
	}
	for _, m := range []*mapping{c.page, c.floor} {
		if m != nil {
			m.close()
		}
	}
}
