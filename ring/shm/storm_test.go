//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring/layout"
)

// The board is an unnamed segment in which each process of the storm says which
// instance it holds at the moment, and counts what it did. Node i of the board
// is process i.
const (
	boardHolds = iota
	boardOpened
	boardCreated
	boardRemoved
	boardRefused
	boardWords
)

func boardIdentity() layout.Identity {
	return layout.Identity{Kind: 1, Geometry: layout.Geometry{Topology: layout.Shared, Capacity: 64, Payload: 40}}
}

func boardWord(board *Segment, process uint16, what int) *atomic.Uint64 {
	return wordAt(board.Bytes(), layout.HeaderSize+8*(int(process)*boardWords+what))
}

const stormers = 5

func init() {
	roles["storm"] = func(in *bufio.Scanner, a args) error {
		board, err := AttachFile(os.NewFile(3, "board"), false)
		if err != nil {
			return err
		}
		mine := boardWord(board, a.Node, boardHolds)
		mine.Store(0) // before the lock makes this process alive
		if ok, err := board.TryLock(a.Node); !ok {
			return fmt.Errorf("the lock of process %d outlived it: %w", a.Node, err)
		}
		var stop atomic.Bool
		go func() { sit(in); stop.Store(true) }()
		for round := 0; round <= 5 || !stop.Load(); round++ {
			if err := stormRound(board, a); err != nil {
				return err
			}
			if round == 5 {
				say("in the storm")
			}
		}
		return board.Close()
	}
}

func stormRound(board *Segment, a args) error {
	count := func(what int) { boardWord(board, a.Node, what).Add(1) }
	mine := boardWord(board, a.Node, boardHolds)
	s, err := Open(a.Name, small(7), a.Options)
	if err != nil {
		return err
	}
	count(boardOpened)
	if s.Created() {
		count(boardCreated)
	}
	instance := s.Identity().Instance
	mine.Store(instance)
	for range 20 {
		id, err := layout.Decode(bytes.Clone(s.Bytes()[:layout.IdentitySize]), uint64(len(s.Bytes())))
		if err != nil || id.Instance != instance {
			return fmt.Errorf("mapped instance %#x of %#x, %w", id.Instance, instance, err)
		}
		for p := range uint16(stormers) {
			other := boardWord(board, p, boardHolds).Load()
			if other == 0 || other == instance {
				continue
			}
			// Alive between two equal loads: a killed holder is no witness.
			if alive, err := board.Alive(p); err != nil {
				return err
			} else if alive && boardWord(board, p, boardHolds).Load() == other {
				return fmt.Errorf("process %d holds %#x while %d holds %#x", a.Node, instance, p, other)
			}
		}
	}
	mine.Store(0)
	if err := s.Close(); err != nil {
		return err
	}
	switch err := Remove(a.Name, a.Options); {
	case err == nil:
		count(boardRemoved)
	case errors.Is(err, ErrInUse):
		count(boardRefused)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return nil
}

func TestAStormOfOpensRemovalsAndKillsNeverSplitsAName(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		board, err := Unnamed(boardIdentity(), e.o)
		must(t, err)
		defer board.Close()
		f, err := board.File()
		must(t, err)
		launch := func(node int) *child {
			return start(t, "storm", args{Name: e.name(7), Options: e.o, Node: uint16(node)}, with(f))
		}
		var children [stormers]*child
		for i := range children {
			children[i] = launch(i)
		}
		kills := 0
		for begin := time.Now(); time.Since(begin) < 1500*time.Millisecond; kills++ {
			victim := kills % stormers
			children[victim].expect("in the storm")
			children[victim].kill()
			children[victim] = launch(victim)
		}
		for _, c := range children {
			c.expect("in the storm")
			if err := c.leave(); err != nil {
				t.Errorf("%v", err)
			}
		}
		var sum [boardWords]uint64
		for p := range uint16(stormers) {
			for what := range sum {
				sum[what] += boardWord(board, p, what).Load()
			}
		}
		t.Logf("%d kills, %d opened, %d created, %d removed, %d refused", kills,
			sum[boardOpened], sum[boardCreated], sum[boardRemoved], sum[boardRefused])
		if kills == 0 || sum[boardOpened] <= sum[boardCreated] || sum[boardCreated] < 2 || sum[boardRemoved] == 0 || sum[boardRefused] == 0 {
			t.Fatal("the storm missed something")
		}
		must(t, e.open(7).Close())
		if left := e.objects(); len(left) != 1 {
			t.Fatalf("left %v", left)
		}
	})
}
