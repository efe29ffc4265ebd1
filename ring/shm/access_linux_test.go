//go:build amd64 || arm64

package shm

import (
	"bufio"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

const stranger = 4711

func as(t *testing.T, gid uint32) func(*exec.Cmd) {
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: only root can start a process as another user")
	}
	if emulator, ok := emulated(); ok {
		t.Skipf("NOT TESTED under %s: it would open the test binary as that user; the native run covers it", emulator)
	}
	return func(cmd *exec.Cmd) {
		cmd.Path = "/proc/self/exe" // the stranger may not walk to the test binary
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stranger, Gid: gid}}
	}
}

func init() {
	roles["try everything"] = func(in *bufio.Scanner, a args) error {
		result := func(what string, s *Segment, err error) {
			if err != nil {
				say("%s: %v", what, err)
				return
			}
			say("%s: fine", what)
			s.Close()
		}
		s, err := Attach(a.Name, a.Options)
		result("attach", s, err)
		s, err = Observe(a.Name, a.Options)
		result("observe", s, err)
		result("remove", nil, Remove(a.Name, a.Options))
		list, err := List(a.Options, "")
		if err == nil && len(list) > 0 {
			err = list[0].Err
		}
		say("list of %d: %v", len(list), err)
		return nil
	}
}

func TestModesDecideWhatOtherUsersMayDo(t *testing.T) {
	const denied = "permission denied"
	const onlyRead = denied + ": check the owner and mode of the object, and of the directory; where the mode lets this user only read, use Observe"
	cases := []struct {
		mode                          fs.FileMode
		gid                           uint32
		attach, observe, remove, list string
	}{
		{0o600, 0, denied, denied, denied, denied},
		{0o640, 0, onlyRead, "fine", denied, "<nil>"},
		{0o660, 0, "fine", "fine", denied, "<nil>"},
		{0o660, stranger, denied, denied, denied, denied},
	}
	everywhere(t, func(t *testing.T, e *setting) {
		for i, c := range cases {
			e.o.Mode = c.mode
			kind := uint8(i + 1)
			must(t, e.open(kind).Close())
			p := start(t, "try everything", args{Name: e.name(kind), Options: e.o}, as(t, c.gid))
			for _, want := range []string{"attach: " + c.attach, "observe: " + c.observe, "remove: " + c.remove, "list of 1: " + c.list} {
				what, outcome, _ := strings.Cut(want, ": ")
				if got := p.hear(); !strings.HasPrefix(got, what+": ") || !strings.Contains(got, outcome) {
					t.Errorf("mode %#o, group %d: %q, want %q", c.mode, c.gid, got, want)
				}
			}
			must(t, p.leave())
			must(t, Remove(e.name(kind), e.o))
		}
	})
}

func TestTheGroupIsSetBeforeTheNameAppearsAndRequiredAfterwards(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: only root belongs to a group of the test's choice")
	}
	everywhere(t, func(t *testing.T, e *setting) {
		e.o.Mode, e.o.Group = 0o660, stranger
		must(t, e.open(7).Close())
		before := snapshot(t, e.path(7))
		if before.gid != stranger || before.mode&0o7777 != 0o660 {
			t.Fatalf("made %+v", before)
		}
		p := start(t, "try everything", args{Name: e.name(7), Options: e.o}, as(t, stranger))
		for _, want := range []string{"attach: fine", "observe: fine"} {
			p.expect(want)
		}
		p.hear()
		p.hear()
		must(t, p.leave())
		for _, other := range []Options{
			{Dir: e.o.Dir, Mode: 0o660, Group: stranger + 1},
			{Dir: e.o.Dir, Mode: 0o640, Group: stranger},
		} {
			asked := *e
			asked.o = other
			for way, open := range ways(&asked, 7) {
				_, err := open()
				mustBe(t, err, ErrNotOurs)
				mustSay(t, err, way, "nothing was changed")
			}
		}
		if after := snapshot(t, e.path(7)); after != before {
			t.Fatalf("changed from %+v to %+v", before, after)
		}
		must(t, Remove(e.name(7), e.o))
	})
}

func init() {
	roles["create for a group"] = func(in *bufio.Scanner, a args) error {
		name, err := Name("mine", 7)
		if err != nil {
			return err
		}
		_, err = Open(name, small(7), a.Options)
		say("%v", err)
		return nil
	}
}

func TestAGroupThatTheCreatorIsNotInIsRefusedAndLeavesNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		must(t, os.Chmod(e.o.Dir, 0o777))
		e.o.Mode, e.o.Group = 0o640, stranger+1
		p := start(t, "create for a group", args{Options: e.o}, as(t, stranger))
		got := p.hear()
		for _, word := range []string{"group 4712", "not permitted", "belongs to"} {
			if !strings.Contains(got, word) {
				t.Errorf("%q does not say %q", got, word)
			}
		}
		must(t, p.leave())
		if left := e.objects(); len(left) != 0 {
			t.Fatalf("left %v", left)
		}
	})
}

func TestAPermissionErrorNeverLooksLikeAnEmptyList(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		must(t, os.Chmod(e.o.Dir, 0o700))
		p := start(t, "try everything", args{Name: e.name(1), Options: e.o}, as(t, stranger))
		for _, what := range []string{"attach", "observe", "remove", "list of 0"} {
			if got := p.hear(); !strings.HasPrefix(got, what) || !strings.Contains(got, "permission denied") {
				t.Errorf("%s: %q", what, got)
			}
		}
		must(t, p.leave())
	})
}
