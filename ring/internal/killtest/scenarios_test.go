//go:build linux && amd64 && !race

package killtest

import (
	"fmt"

	"github.com/orbitring/orbit/ring/layout"
)

// scenario is one operation in one situation.
type scenario struct {
	name     string
	topology layout.Topology
	capacity uint64
	task
	prepare  func(*world) error // before the child is made
	lapFirst bool               // lap the child when it is set up, before the operation
	holes    uint64             // positions that the operation itself declares holes
}

func (s scenario) String() string {
	return fmt.Sprintf("%s/%s, %d slots, payload %v", s.topology, s.name, s.capacity, s.Sizes)
}

// aborts says that the operation publishes nothing.
func (s scenario) aborts() bool {
	return s.Do == "reserve and abort" || s.Do == "abort" || s.Do == "open"
}

// overrun says that the operation alone overtakes a reader.
func (s scenario) overrun() bool { return uint64(len(s.Sizes)) > s.capacity }

// overtakes says that a reader which reads after every frame can be late: it
// overruns it, or the reader waits for one of several slots while others come
// around through the rest.
func (s scenario) overtakes() bool {
	return s.overrun() || s.topology == layout.Shared && len(s.Sizes) > 1
}

var batch = []int{41, 8, 300}

// scenarios is everything that the sweeps go through.
func scenarios() (all []scenario) {
	add := func(name string, top layout.Topology, capacity uint64, do string, sizes []int, change ...func(*scenario)) {
		s := scenario{name: name, topology: top, capacity: capacity, task: task{do, sizes}, prepare: used}
		for _, c := range change {
			c(&s)
		}
		all = append(all, s)
	}
	situation := func(prepare func(*world) error, holes uint64) func(*scenario) {
		return func(s *scenario) { s.prepare, s.holes = prepare, holes }
	}
	lapped := func(s *scenario) { s.lapFirst = true }
	one := []int{41}
	for _, top := range []layout.Topology{layout.Lane, layout.Shared} {
		for _, capacity := range []uint64{2, 4} {
			for _, size := range payloads {
				add("publish", top, capacity, "publish", []int{size})
			}
			add("publish into a new ring", top, capacity, "publish", one, situation(fresh, 0))
			add("batch", top, capacity, "batch", batch)
			for _, size := range []int{0, 41, 200} {
				add("reserve and commit", top, capacity, "reserve and commit", []int{size})
			}
			add("reserve and abort", top, capacity, "reserve and abort", one)
			if top == layout.Lane {
				add("open a writer over leftovers", top, capacity, "open", one, situation(laneLeftovers, 0))
				continue
			}
			add("open a writer over leftovers", top, capacity, "open", one, situation(sharedLeftovers, 0))
			for _, size := range []int{41, 300} {
				add("publish parts", top, capacity, "publish parts", []int{size})
			}
			add("publish over a dead writer", top, capacity, "publish", one, situation(deadAhead, 0))
			add("publish past a stopped writer", top, capacity, "publish", one, situation(liveAhead, 1))
			add("batch up to a stopped writer", top, capacity, "batch", batch, situation(liveBehindNext, 1))
			add("commit after being lapped", top, capacity, "commit", one, lapped)
			add("abort after being lapped", top, capacity, "abort", one, lapped)
		}
	}
	return all
}

// fresh leaves the ring as it was made.
func fresh(*world) error { return nil }

// used fills the ring, so that every slot holds a frame of an earlier lap.
func used(x *world) error {
	own, err := x.writer(x.again, victim, seqBefore)
	if err != nil {
		return err
	}
	for range x.capacity + 1 {
		if _, err := own.publish(); err != nil {
			return err
		}
	}
	if err := own.w.Close(); err != nil {
		return err
	}
	return x.author.publishRead(int(x.capacity) + 2)
}

// occupy puts the blocker inside the slot of a position that comes n positions
// after the next one.
func (x *world) occupy(n int) error {
	if err := used(x); err != nil {
		return err
	}
	w, err := x.writer(x.inside, blocker, 1)
	if err != nil {
		return err
	}
	x.block = w.w
	r, err := w.w.Reserve(x.Sizes[0])
	if err != nil {
		return err
	}
	for i := range r.Payload() {
		r.Payload()[i] = 0xee
	}
	x.blocked = &r
	return x.author.publishRead(int(x.capacity) - 1 - n)
}

func liveAhead(x *world) error      { return x.occupy(0) }
func liveBehindNext(x *world) error { return x.occupy(1) }

// deadAhead leaves the slot of the next position to a dead writer.
func deadAhead(x *world) error {
	if err := x.occupy(0); err != nil {
		return err
	}
	err := x.block.Close()
	x.block, x.blocked = nil, nil
	return err
}

// laneLeftovers is what a batch leaves when it dies: frames that are committed
// and not counted in head, and one half written behind them.
func laneLeftovers(x *world) error {
	if err := used(x); err != nil {
		return err
	}
	own, err := x.writer(x.again, victim, seqBefore+100)
	if err != nil {
		return err
	}
	uncounted := min(2, x.capacity-1)
	for range uncounted {
		if _, err := own.publish(); err != nil {
			return err
		}
	}
	r, err := own.w.Reserve(x.Sizes[0])
	if err != nil {
		return err
	}
	for i := range r.Payload() {
		r.Payload()[i] = 0xee
	}
	x.setHead(x.head() - uncounted)
	return own.w.Close()
}

// sharedLeftovers is what a batch leaves when it dies after it was lapped in one
// of its slots.
func sharedLeftovers(x *world) error {
	if err := used(x); err != nil {
		return err
	}
	head := x.head()
	for i, state := range []layout.State{layout.Writing, layout.Stalled} {
		p := head - 1 - uint64(i)
		x.setWord(p, layout.MakeWord(x.id.Geometry.Lap(p), state, victim))
		for version, at := range x.frames {
			if at == p {
				delete(x.frames, version)
			}
		}
	}
	return nil
}
