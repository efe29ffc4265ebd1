//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import (
	"bufio"
	"fmt"
	"os"
	"testing"

	"github.com/orbitring/orbit/ring/layout"
)

func init() {
	roles["adopt"] = func(in *bufio.Scanner, a args) error {
		s, err := AttachFile(os.NewFile(3, "segment"), false)
		if err != nil {
			return err
		}
		ok, err := s.TryLock(a.Node)
		if err != nil {
			return err
		}
		s.Bytes()[1000]++
		say("locked %v, %d", ok, s.Bytes()[1000])
		for in.Scan() {
			alive, err := s.Alive(5)
			if err != nil {
				return err
			}
			say("node 5 alive %v", alive)
		}
		return s.Close()
	}
	// The grandchild outlives its parent, whose descriptors it inherits.
	roles["adopt and raise a child"] = func(in *bufio.Scanner, a args) error {
		s, err := AttachFile(os.NewFile(3, "segment"), false)
		if err != nil {
			return err
		}
		if ok, err := s.TryLock(5); !ok || err != nil {
			return fmt.Errorf("node 5: %v, %v", ok, err)
		}
		f, err := s.File()
		if err != nil {
			return err
		}
		cmd := again()
		cmd.Env = append(os.Environ(), "ORBIT_SHM_ROLE=adopt")
		cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = os.Stdin, os.Stdout, os.Stderr, []*os.File{f, f} // one to adopt, one to forget
		if err := cmd.Run(); err != nil {
			return err
		}
		return s.Close()
	}
}

func TestAnUnnamedSegmentReachesChildrenAsADescriptor(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		s, err := Unnamed(small(7), e.o)
		must(t, err)
		defer s.Close()
		if left := e.objects(); len(left) != 0 || !s.Created() || s.Path() != "" {
			t.Fatalf("objects %v, created %v, path %q", left, s.Created(), s.Path())
		}
		f, err := s.File()
		must(t, err)
		ask2(t, s.TryLock, 5)
		for i, node := range []uint16{6, 7} {
			c := start(t, "adopt", args{Node: node}, with(f))
			c.expect(fmt.Sprintf("locked true, %d", i+1))
			if !ask2(t, s.Alive, node) || ask2(t, s.TryLock, node) {
				t.Fatalf("node %d of the child is not held", node)
			}
			c.say("look")
			c.expect("node 5 alive true")
			must(t, c.leave())
			if ask2(t, s.Alive, node) {
				t.Fatalf("node %d outlived the child", node)
			}
		}
		c := start(t, "adopt", args{Node: 5}, with(f))
		c.expect("locked false, 3")
		must(t, c.leave())
	})
}

func TestAChildWithTheDescriptorDoesNotKeepItsKilledParentAlive(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		s, err := Unnamed(small(7), e.o)
		must(t, err)
		defer s.Close()
		f, err := s.File()
		must(t, err)
		c := start(t, "adopt and raise a child", args{Node: 6}, with(f))
		c.expect("locked true, 1")
		c.say("look")
		c.expect("node 5 alive true")
		must(t, c.cmd.Process.Kill())
		c.cmd.Process.Wait()
		if ask2(t, s.Alive, 5) || !ask2(t, s.Alive, 6) {
			t.Fatal("want the parent's node dead, the grandchild's alive")
		}
		c.say("look")
		c.expect("node 5 alive false")
		c.in.Close()
		if c.scan.Scan() {
			t.Fatalf("grandchild said %q", c.scan.Text())
		}
	})
}

func TestTwoHandlesOfOneProcessOnAnUnnamedSegment(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		a, err := Unnamed(small(7), e.o)
		must(t, err)
		defer a.Close()
		open := func(readOnly bool) *Segment {
			f, err := a.File()
			must(t, err)
			s, err := AttachFile(f, readOnly)
			must(t, err)
			return s
		}
		b, o := open(false), open(true)
		if !ask2(t, a.TryLock, 1) || ask2(t, b.TryLock, 1) || !ask2(t, o.Alive, 1) || !o.ReadOnly() {
			t.Fatal("want granted, refused, alive, read-only")
		}
		must(t, o.Close())
		must(t, b.Close())
		open(false).Close()
		if !ask2(t, a.Alive, 1) {
			t.Fatal("closing other handles dropped the lock")
		}
		c := start(t, "adopt", args{Node: 1}, with(must1(t)(a.File())))
		c.expect("locked false, 1")
		must(t, c.leave())
	})
}

func must1(t *testing.T) func(*os.File, error) *os.File {
	return func(f *os.File, err error) *os.File {
		t.Helper()
		must(t, err)
		return f
	}
}

func TestAForeignFileIsNotAdopted(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		r, w, err := os.Pipe()
		must(t, err)
		defer w.Close()
		_, err = AttachFile(r, false)
		mustBe(t, err, ErrNotOurs)
		noise, err := os.CreateTemp(t.TempDir(), "noise")
		must(t, err)
		_, err = noise.WriteString("not a segment")
		must(t, err)
		_, err = AttachFile(noise, false)
		mustBe(t, err, layout.ErrForeign)
		_, err = AttachFile(nil, true)
		mustBe(t, err, os.ErrInvalid)
		_, err = AttachFile(noise, false)
		if err == nil {
			t.Fatal("attached a closed file")
		}
	})
}
