package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/ring"
)

// MaybeWorker turns this process into a worker, for good, if it was started as
// one. Programs that call Run call it first in main, tests in TestMain.
func MaybeWorker() {
	slot, err := strconv.Atoi(os.Getenv(workerEnv))
	if err != nil {
		return
	}
	if err := work(slot); err != nil {
		fmt.Fprintf(os.Stderr, "orbit bench worker %d: %v\n", slot, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// work obeys orders until the parent hangs up. The calling thread is the hot
// one, and it reads its orders itself.
func work(slot int) error {
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	signal.Ignore(syscall.SIGINT, syscall.SIGPIPE)
	for fd := commandFD; fd <= floorFD; fd++ {
		unix.CloseOnExec(fd)
	}
	go dieWithParent()
	control, err := mapFile(os.NewFile(pageFD, "page"), pageSize)
	if err != nil {
		return err
	}
	floor, err := mapWhole(os.NewFile(floorFD, "floor"))
	if err != nil {
		return err
	}
	b := &bank{page: page{control}, floor: floor.mem}
	var pending bytes.Buffer
	for {
		var o order
		files, err := hear(commandFD, &pending, &o)
		if err != nil {
			return nil // the parent has hung up
		}
		if len(files) != o.Shared {
			err = fmt.Errorf("%d descriptors announced, %d came", o.Shared, len(files))
		}
		r := reply{Kernel: ring.Kernel()}
		if err == nil {
			r.Seats, err = b.obey(o, files)
		}
		if err != nil {
			r.Err = err.Error()
		}
		for _, f := range files {
			f.Close()
		}
		runtime.GC()
		if err := say(commandFD, r); err != nil {
			return nil
		}
	}
}

// dieWithParent waits for the end of the pipe whose other end only the parent
// has, so a worker ends also where the kernel does not kill it with its parent,
// and also in the middle of a run.
func dieWithParent() {
	var b [1]byte
	for {
		n, err := unix.Read(lifelineFD, b[:])
		if n == 0 || (err != nil && err != unix.EINTR) {
			os.Exit(3)
		}
	}
}

// settleTime is what the runtime of an in-process transport gets to put its
// threads to sleep before the next floor is measured.
const settleTime = 3 * time.Millisecond

// A bank is where a worker's seats sit: the memory that it shares with others.
type bank struct {
	page  page
	floor []byte
	cpu   int // that this thread is pinned to
	fixed bool
}

// obey does what an order says with all its seats.
func (b *bank) obey(o order, files []*os.File) ([]outcome, error) {
	if len(o.Seats) == 1 {
		out, err := b.sit(o, o.Seats[0], files, nil)
		return []outcome{out}, err
	}
	// All sides in this process: a goroutine each, locked to a thread each.
	shared := newChannels(o.Spec)
	outcomes := make([]outcome, len(o.Seats))
	errs := make([]error, len(o.Seats))
	var all sync.WaitGroup
	for i, s := range o.Seats {
		all.Go(func() {
			runtime.LockOSThread() // never unlocked: the thread ends with its pinning
			own := &bank{page: b.page, floor: b.floor}
			outcomes[i], errs[i] = own.sit(o, s, nil, shared)
		})
	}
	all.Wait()
	time.Sleep(settleTime)
	return outcomes, errors.Join(errs...)
}

// sit runs one seat on the calling thread.
func (b *bank) sit(o order, s seat, files []*os.File, shared *channels) (outcome, error) {
	if s.CPU >= 0 && (!b.fixed || b.cpu != s.CPU) {
		if err := pinThread(s.CPU); err != nil {
			return outcome{}, fmt.Errorf("pin to processor %d: %w", s.CPU, err)
		}
		b.cpu, b.fixed = s.CPU, true
	}
	r := &run{
		page: b.page, spec: o.Spec, seat: s, party: o.Party, gen: o.Gen, warm: o.Warm,
		wait: newWaiter(s.Crowded), stamp: o.Clock,
	}
	if o.Spec.Transport == Floor {
		return r.floor(b.floor, o)
	}
	if err := r.open(files, shared); err != nil {
		return outcome{}, err
	}
	defer r.close()
	switch {
	case o.Spec.Mode == Rate && !s.Consumer:
		return r.offer()
	case o.Spec.Mode == Rate:
		return r.attend()
	case o.Spec.Mode == Wake && !s.Consumer:
		return r.rouse()
	case o.Spec.Mode == Wake:
		return r.doze()
	case o.Spec.Mode != PingPong && !s.Consumer:
		return r.produce()
	case o.Spec.Mode != PingPong:
		return r.consume()
	case !s.Consumer:
		return r.serve()
	}
	return r.answer()
}
