//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
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
	boardHolds = iota // instance, with the number of the name in its low bits
	boardOpened
	boardCreated
	boardAttached
	boardObserved
	boardListed
	boardRemoved
	boardRefused
	boardWords
)

const boardSlots = 256 // more than any crowd needs

func boardIdentity() layout.Identity {
	return layout.Identity{Kind: 1, Geometry: layout.Geometry{Topology: layout.Shared, Capacity: boardSlots, Payload: 40}}
}

func boardWord(board *Segment, process uint16, what int) *atomic.Uint64 {
	return wordAt(board.Bytes(), layout.HeaderSize+8*(int(process)*boardWords+what))
}

// stormNames is how many segments the storm is about: kinds 1 to stormNames.
const stormNames = 3

func init() {
	roles["storm"] = func(in *bufio.Scanner, a args) error {
		board, err := AttachFile(os.NewFile(3, "board"), false)
		if err != nil {
			return err
		}
		boardWord(board, a.Node, boardHolds).Store(0) // before the lock makes this process alive
		if ok, err := board.TryLock(a.Node); !ok {
			return fmt.Errorf("the lock of process %d outlived it: %w", a.Node, err)
		}
		var stop atomic.Bool
		go func() { sit(in); stop.Store(true) }()
		s := stormer{args: a, board: board}
		for round := 0; round <= 5 || !stop.Load(); round++ {
			if err := s.round(); err != nil {
				return err
			}
			if round == 5 {
				say("in the storm")
			}
			if err := s.checkLeaks(round); err != nil {
				return err
			}
		}
		return board.Close()
	}
}

// stormer is one process of the storm.
type stormer struct {
	args
	board *Segment
	kept  int // descriptors and mappings after the first rounds
}

func (s *stormer) count(what int) { boardWord(s.board, s.Node, what).Add(1) }

// round does one thing to one name, by chance.
func (s *stormer) round() error {
	kind := uint8(1 + rand.IntN(stormNames))
	name, err := Name(s.Name, kind)
	if err != nil {
		return err
	}
	switch n := rand.IntN(10); {
	case n < 5:
		g, err := Open(name, small(kind), s.Options)
		if err != nil {
			return err
		}
		s.count(boardOpened)
		if g.Created() {
			s.count(boardCreated)
		}
		return s.stay(g, name, kind)
	case n < 7:
		g, err := Attach(name, s.Options)
		if err != nil {
			return unlessGone(err)
		}
		s.count(boardAttached)
		return s.stay(g, name, kind)
	case n < 8:
		g, err := Observe(name, s.Options)
		if err != nil {
			return unlessGone(err)
		}
		s.count(boardObserved)
		return errors.Join(whole(g), g.Close())
	case n < 9:
		list, err := List(s.Options, s.Name)
		for _, e := range list {
			err = errors.Join(err, e.Err) // half-made, or not ours
		}
		s.count(boardListed)
		return err
	}
	return s.remove(name)
}

func unlessGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// whole checks that a mapped header is the one that was read at attaching.
func whole(g *Segment) error {
	id, err := layout.Decode(bytes.Clone(g.Bytes()[:layout.IdentitySize]), uint64(len(g.Bytes())))
	if err != nil || id.Instance != g.Identity().Instance {
		return fmt.Errorf("mapped instance %#x of %#x, %w", id.Instance, g.Identity().Instance, err)
	}
	return nil
}

// stay holds a segment as a member for a while, in which the name must lead to
// it and nobody may hold another one under the same name.
func (s *stormer) stay(g *Segment, name string, kind uint8) error {
	const names = 1<<2 - 1
	held := g.Identity().Instance&^names | uint64(kind)
	mine := boardWord(s.board, s.Node, boardHolds)
	mine.Store(held)
	locked, err := g.TryLock(uint16(rand.IntN(4)))
	if err != nil {
		return err
	}
	for range 5 {
		if err := whole(g); err != nil {
			return err
		}
		for p := range uint16(s.Crowd) {
			other := boardWord(s.board, p, boardHolds).Load()
			if other == 0 || other&names != held&names || other == held {
				continue
			}
			// Alive between two equal loads: a killed holder is no witness.
			if alive, err := s.board.Alive(p); err != nil {
				return err
			} else if alive && boardWord(s.board, p, boardHolds).Load() == other {
				return fmt.Errorf("process %d holds %#x while %d holds %#x", s.Node, held, p, other)
			}
		}
	}
	o, err := Observe(name, s.Options)
	if err != nil {
		return fmt.Errorf("a segment with a live member lost its name: %w", err)
	}
	if o.Identity().Instance != g.Identity().Instance {
		return fmt.Errorf("%s leads to %#x, a live member holds %#x", name, o.Identity().Instance, g.Identity().Instance)
	}
	if h, err := o.Holders(); err != nil || !h.Members || locked && len(h.Nodes) == 0 {
		return fmt.Errorf("holders %+v while process %d is a member (%w)", h, s.Node, err)
	}
	mine.Store(0)
	if err := errors.Join(o.Close(), g.Close()); err != nil {
		return err
	}
	return s.remove(name)
}

func (s *stormer) remove(name string) error {
	switch err := Remove(name, s.Options); {
	case err == nil:
		s.count(boardRemoved)
	case errors.Is(err, ErrInUse):
		s.count(boardRefused)
	default:
		return unlessGone(err)
	}
	return nil
}

// checkLeaks compares what this process has open now with the first time.
func (s *stormer) checkLeaks(round int) error {
	if round%50 != 5 {
		return nil
	}
	now := len(processLeftovers())
	if s.kept == 0 {
		s.kept = now
	}
	if now != s.kept {
		return fmt.Errorf("%d descriptors and mappings after round %d, %d before: %v", now, round, s.kept, processLeftovers())
	}
	return nil
}

// tally sums up what the crowd did.
func tally(board *Segment, crowd int) (sum [boardWords]uint64) {
	for p := range uint16(crowd) {
		for what := range sum {
			sum[what] += boardWord(board, p, what).Load()
		}
	}
	return sum
}

// raged tells whether everything has happened that a storm is about. One in which
// something never does ends at the children's deadline.
func raged(sum [boardWords]uint64) bool {
	for _, what := range []int{boardAttached, boardObserved, boardListed, boardRemoved, boardRefused} {
		if sum[what] == 0 {
			return false
		}
	}
	return sum[boardCreated] >= 2 && sum[boardOpened] > sum[boardCreated]
}

// storm lets a crowd loose for a while, and kills one of it after another.
func storm(t *testing.T, e *setting, crowd int, lasting time.Duration) {
	board, err := Unnamed(boardIdentity(), e.o)
	must(t, err)
	defer board.Close()
	f, err := board.File()
	must(t, err)
	launch := func(node int) *child {
		c := start(t, "storm", args{Name: e.fleet, Options: e.o, Node: uint16(node), Crowd: crowd}, with(f))
		c.out.SetReadDeadline(time.Now().Add(lasting + time.Minute))
		return c
	}
	children := make([]*child, crowd)
	for i := range children {
		children[i] = launch(i)
	}
	kills := 0
	for begin := time.Now(); time.Since(begin) < lasting || !raged(tally(board, crowd)); kills++ {
		victim := kills % crowd
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
	sum := tally(board, crowd)
	t.Logf("%d processes for %v: %d kills, %d opened, %d created, %d attached, %d observed, %d listed, %d removed, %d refused",
		crowd, lasting, kills, sum[boardOpened], sum[boardCreated], sum[boardAttached], sum[boardObserved],
		sum[boardListed], sum[boardRemoved], sum[boardRefused])
	if left := e.objects(); len(left) > stormNames {
		t.Errorf("left %v", left)
	}
	for kind := uint8(1); kind <= stormNames; kind++ {
		must(t, e.open(kind).Close())
		must(t, Remove(e.name(kind), e.o))
	}
	if left := e.objects(); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

func TestAStormOfOpensRemovalsAndKillsNeverSplitsAName(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) { storm(t, e, 5, time.Second) })
}

// ORBIT_STORM makes it last.
func TestAStormOf64ProcessesLosesAndLeaksNothing(t *testing.T) {
	lasting := time.Second
	if text := os.Getenv("ORBIT_STORM"); text != "" {
		d, err := time.ParseDuration(text)
		must(t, err)
		lasting = d
	}
	name := "native"
	if _, ok := systems[name]; !ok {
		name = "portable"
	}
	crowd := 64
	if emulator, ok := emulated(); ok {
		t.Logf("8 processes under %s", emulator)
		crowd = 8
	}
	storm(t, over(t, name), crowd, lasting)
}
