//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import (
	"bufio"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

func init() {
	roles["hold node"] = func(in *bufio.Scanner, a args) error {
		s, err := Attach(a.Name, a.Options)
		if err != nil {
			return err
		}
		ok, err := s.TryLock(a.Node)
		if err != nil {
			return err
		}
		say("locked %v", ok)
		sit(in)
		return s.Close()
	}
}

func ask(t *testing.T, got bool, err error) bool {
	t.Helper()
	must(t, err)
	return got
}

func TestANodeIsRefusedWhileALiveProcessHoldsItAndGrantedAfterItsKill(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		s := e.open(7)
		for _, node := range []uint16{0, 3, 65535} {
			c := start(t, "hold node", args{Name: e.name(7), Options: e.o, Node: node})
			c.expect("locked true")
			check := func(when string) {
				t.Helper()
				if ok, err := s.TryLock(node); ok || err != nil {
					t.Fatalf("%s: node %d locked twice, %v", when, node, err)
				}
				if alive, err := s.Alive(node); !alive || err != nil {
					t.Fatalf("%s: node %d is not alive, %v", when, node, err)
				}
				if alive, err := s.Alive(node ^ 1); alive || err != nil {
					t.Fatalf("%s: node %d is alive, %v", when, node^1, err)
				}
			}
			check("running")
			must(t, c.cmd.Process.Signal(syscall.SIGSTOP))
			check("stopped")
			c.kill()
			if ask2(t, s.Alive, node) {
				t.Fatalf("node %d outlived its process", node)
			}
			if !ask2(t, s.TryLock, node) {
				t.Fatalf("node %d is not free after the kill", node)
			}
		}
	})
}

func ask2(t *testing.T, f func(uint16) (bool, error), node uint16) bool {
	t.Helper()
	ok, err := f(node)
	return ask(t, ok, err)
}

func TestANodeIsLockedOnceWithinOneProcess(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		a, b := e.open(7), e.open(7)
		if !ask2(t, a.TryLock, 5) || ask2(t, a.TryLock, 5) || ask2(t, b.TryLock, 5) {
			t.Fatal("node 5: want granted, refused, refused")
		}
		if !ask2(t, a.Alive, 5) || !ask2(t, b.Alive, 5) {
			t.Fatal("node 5 is not alive for both")
		}
		mustBe(t, b.Unlock(5), ErrNotHeld)
		mustBe(t, a.Unlock(6), ErrNotHeld)
		must(t, a.Unlock(5))
		if ask2(t, a.Alive, 5) || ask2(t, b.Alive, 5) {
			t.Fatal("node 5 is alive after unlock")
		}
		if !ask2(t, b.TryLock, 5) || !ask2(t, a.TryLock, 6) {
			t.Fatal("nodes are not free after unlock")
		}
		must(t, b.Close())
		if ask2(t, a.Alive, 5) || !ask2(t, a.Alive, 6) || !ask2(t, a.TryLock, 5) {
			t.Fatal("close must drop its own node and no other")
		}
	})
}

func TestOfManyGoroutinesOneGetsTheNode(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		handles := []*Segment{e.open(7), e.open(7)}
		var granted atomic.Int32
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				if ok, err := handles[i%2].TryLock(9); err != nil {
					t.Error(err)
				} else if ok {
					granted.Add(1)
				}
			})
		}
		wg.Wait()
		if granted.Load() != 1 {
			t.Fatalf("granted %d times", granted.Load())
		}
	})
}

func TestHoldersAreAllNodesOfAllProcesses(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		s := e.open(7)
		for _, node := range []uint16{0, 1, 2, 40, 65535} {
			c := start(t, "hold node", args{Name: e.name(7), Options: e.o, Node: node})
			c.expect("locked true")
		}
		other := e.open(7)
		ask2(t, other.TryLock, 41)
		ask2(t, s.TryLock, 300)
		ask2(t, s.TryLock, 301)
		o, err := Observe(e.name(7), e.o)
		must(t, err)
		defer o.Close()
		for _, from := range []*Segment{s, other, o} {
			h, err := from.Holders()
			must(t, err)
			if want := []uint16{0, 1, 2, 40, 41, 300, 301, 65535}; !slices.Equal(h.Nodes, want) || !h.Members || h.Removing {
				t.Fatalf("holders are %+v, want nodes %v", h, want)
			}
		}
	})
}

func TestAClosedSegmentSaysSo(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		s := e.open(7)
		ask2(t, s.TryLock, 1)
		must(t, s.Close())
		must(t, s.Close())
		_, err := s.TryLock(1)
		mustBe(t, err, ErrClosed, os.ErrClosed)
		_, err = s.Alive(1)
		mustBe(t, err, ErrClosed)
		_, err = s.Holders()
		mustBe(t, err, ErrClosed)
		_, err = s.File()
		mustBe(t, err, ErrClosed)
		mustBe(t, s.Unlock(1), ErrClosed)
		if s.Bytes() != nil || s.Path() != e.path(7) || s.Identity().Kind != 7 || !s.Created() {
			t.Fatal("the plain facts must outlive Close, the bytes must not")
		}
		if ask2(t, e.open(7).Alive, 1) {
			t.Fatal("close kept the node")
		}
	})
}

func TestCloseDropsTheLocksEvenIfTheDescriptorLivesOnElsewhere(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		s, other := e.open(7), e.open(7)
		ask2(t, s.TryLock, 1)
		fd, err := duplicate(s.object.fd) // as in a child between fork and exec
		must(t, err)
		defer closeDescriptor(fd)
		must(t, s.Close())
		if ask2(t, other.Alive, 1) {
			t.Fatal("close left it to the kernel to drop the lock")
		}
	})
}

func TestClosingOneHandleOrLookingAroundDropsNoLockOfAnother(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		s := e.open(7)
		ask2(t, s.TryLock, 4)
		for range 3 {
			for _, open := range ways(e, 7) {
				other, err := open()
				must(t, err)
				must(t, other.Close())
			}
			_, err := List(e.o, e.fleet)
			must(t, err)
			mustBe(t, Remove(e.name(7), e.o), ErrInUse)
			wrong := small(7)
			wrong.Geometry.Capacity = 16
			_, err = Open(e.name(7), wrong, e.o)
			if err == nil {
				t.Fatal("mismatch accepted")
			}
		}
		before := len(processLeftovers())
		for range 20 {
			_, err := List(e.o, e.fleet)
			must(t, err)
		}
		if after := len(processLeftovers()); after != before {
			t.Fatalf("listing took %d descriptors", after-before)
		}
		c := start(t, "hold node", args{Name: e.name(7), Options: e.o, Node: 4})
		c.expect("locked false")
		must(t, c.leave())
	})
}
