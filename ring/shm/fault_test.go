//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/orbitring/orbit/ring/layout"
)

// beyond is larger than any page.
const beyond = 1 << 16

func wide(kind uint8) layout.Identity {
	id := small(kind)
	id.Geometry.Capacity = 4096
	return id
}

func TestAGuardedReaderOutlivesATruncation(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		s, err := Open(e.name(7), wide(7), e.o)
		must(t, err)
		defer s.Close()
		o, err := Observe(e.name(7), e.o)
		must(t, err)
		defer o.Close()
		sum := 0
		read := func() error {
			for _, b := range o.Bytes() {
				sum += int(b)
			}
			return nil
		}
		must(t, o.Guarded(read))
		must(t, os.Truncate(s.Path(), layout.HeaderSize))
		sum = 0
		err = o.Guarded(read)
		mustBe(t, err, ErrTruncated)
		mustSay(t, err, s.Path(), "512 bytes", "create it anew")
		detail, ok := errors.AsType[*TruncatedError](err)
		if want := wide(7).Geometry.Size(); !ok || detail.Have != layout.HeaderSize || detail.Want != want ||
			detail.Offset < layout.HeaderSize || detail.Offset >= min(want, beyond+1) {
			t.Fatalf("detail is %+v", detail)
		}
		if sum == 0 {
			t.Fatal("the header was not read")
		}
		mustBe(t, o.Guarded(func() error { _ = o.Bytes()[0]; return nil }), ErrTruncated) // zeros are no answer
		for _, open := range ways(e, 7) {
			_, err := open()
			mustBe(t, err, layout.ErrCorrupt)
		}
	})
}

func init() {
	roles["touch"] = func(in *bufio.Scanner, a args) error {
		s, err := Attach(a.Name, a.Options)
		if err != nil {
			return err
		}
		say("attached")
		in.Scan()
		s.Bytes()[len(s.Bytes())-1]++
		say("touched")
		return nil
	}
}

func TestATruncationEndsWhoTouchesTheMissingPartAndNobodyElse(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		s, err := Open(e.name(7), wide(7), e.o)
		must(t, err)
		defer s.Close()
		quiet := func(cmd *exec.Cmd) { cmd.Stderr = nil } // the runtime says a lot when it dies
		whole := start(t, "touch", args{Name: e.name(7), Options: e.o}, quiet)
		whole.expect("attached")
		whole.say("go")
		whole.expect("touched")
		must(t, whole.leave())
		p := start(t, "touch", args{Name: e.name(7), Options: e.o}, quiet)
		p.expect("attached")
		must(t, os.Truncate(s.Path(), layout.HeaderSize))
		p.say("go")
		if p.scan.Scan() {
			t.Errorf("it said %q", p.scan.Text())
		}
		if err := p.leave(); err == nil {
			t.Error("it ended well")
		}
		if ok, err := s.TryLock(0); !ok || err != nil { // and its locks are free
			t.Errorf("%v %v", ok, err)
		}
		mustBe(t, s.Guarded(func() error { s.Bytes()[len(s.Bytes())-1]++; return nil }), ErrTruncated)
	})
}

func TestAGuardHidesNothingElse(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		s := e.open(7)
		defer s.Close()
		mine := errors.New("mine")
		mustBe(t, s.Guarded(func() error { return mine }), mine)
		for what, misuse := range map[string]func() error{
			"a panic":       func() error { panic("mine") },
			"a nil pointer": func() error { var p *args; p.Name = "x"; return nil },
			"an index":      func() error { b := s.Bytes(); b[len(b)] = 1; return nil },
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s was swallowed", what)
					}
				}()
				s.Guarded(misuse)
			}()
		}
	})
}
