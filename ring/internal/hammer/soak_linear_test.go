//go:build linux

package hammer

import (
	"encoding/json"
	"fmt"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// newestModel is a register that only goes up: Publish raises it to its
// position, Newest must return it.
var newestModel = porcupine.Model{
	Init: func() any { return call{position: nowhere} },
	Step: func(state, input, output any) (bool, any) {
		s, c := state.(call), output.(call)
		if input.(bool) { // publish
			if s.position == nowhere || c.position > s.position {
				s = call{position: c.position, version: c.version}
			}
			return true, s
		}
		return c.position == s.position && (c.position == nowhere || c.version == s.version), s
	},
	DescribeOperation: func(input, output any) string {
		c := output.(call)
		if input.(bool) {
			return fmt.Sprintf("publish(%#x) → %d", c.version, c.position)
		}
		return fmt.Sprintf("newest → %d, %#x", int64(c.position), c.version)
	},
}

// claimModel is a counter that skips holes: who begins later gets a later
// position.
var claimModel = porcupine.Model{
	Init: func() any { return int64(-1) },
	Step: func(state, _, output any) (bool, any) {
		p := int64(output.(call).position)
		return p > state.(int64), p
	},
}

// check asks whether the calls could have happened one after the other, each
// between its begin and its end.
func (h history) check(t *testing.T, seats []*seat, sum *soakSum) {
	t.Helper()
	newest, claims := h.operations(seats)
	for what, ops := range map[*porcupine.Model][]porcupine.Operation{&newestModel: newest, &claimModel: claims} {
		sum.histories++
		sum.operations += uint64(len(ops))
		switch porcupine.CheckOperationsTimeout(*what, ops, 10*time.Second) {
		case porcupine.Unknown:
			sum.undecided++
		case porcupine.Illegal:
			sum.violations++
			t.Errorf("soak: VIOLATION: %v: %d calls (publish and newest %v) could not have happened one after the other\nrepeat with: make soak SEED=%d ROUND=%d",
				h, len(ops), what == &newestModel, h.seed, h.number)
		}
	}
}

// operations sorts the calls: those that publish and ask, and those that claim.
// A call whose process was killed inside may have happened at any time since it
// began, or not at all; if a reader saw its frame it has, and where is known
// then; if none did, leaving it out is as good as any.
func (h history) operations(seats []*seat) (newest, claims []porcupine.Operation) {
	at := map[uint64]uint64{}
	for _, s := range seats {
		for _, e := range s.book.lines {
			if c := fromEntry(e); s.style != "" && c.position < nowhere {
				at[c.version] = c.position
			}
		}
	}
	for i, s := range seats {
		for _, e := range s.book.lines {
			c := fromEntry(e)
			publish := s.style == ""
			if c.end == 0 {
				p, seen := at[c.version]
				if !publish || !seen {
					continue
				}
				c.position, c.end = p, math.MaxInt64
			}
			op := porcupine.Operation{ClientId: i, Input: publish, Call: int64(c.begin), Output: c, Return: int64(c.end)}
			switch {
			case c.position == unknown:
				continue
			case c.position > unknown: // lapped
				c.position -= lapped
				op.Output = c
				claims = append(claims, op)
				continue
			case c.position == nowhere && h.topology == layout.Shared && h.capacity < 64:
				continue // in so few slots there may be nothing but holes and frames in flight
			}
			newest = append(newest, op)
			if publish {
				claims = append(claims, op)
			}
		}
	}
	return newest, claims
}

func fromEntry(e entry) call { return call{e[0], e[1], e[2], e[3]} }

func historianSetup(args []string) (o historyOrder, b *book, x *ring.Ring, err error) {
	if err = json.Unmarshal([]byte(args[0]), &o); err != nil {
		return
	}
	if b, err = openBook(); err != nil {
		return
	}
	region, err := shm.Attach(o.Name, shm.Options{})
	if err != nil {
		return
	}
	x, err = ring.Open(region)
	return
}

// monotonic is the time in nanoseconds, the same for all processes.
func monotonic() uint64 {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		panic(err)
	}
	return uint64(now.Nano())
}

var fenced atomic.Uint64

// fence makes all stores of before visible.
func fence() { fenced.Add(1) }
