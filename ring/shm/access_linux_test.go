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
	cases := []struct {
		mode                          fs.FileMode
		gid                           uint32
		attach, observe, remove, list string
	}{
		{0o600, 0, denied, denied, denied, denied},
		{0o640, 0, denied, "fine", denied, "<nil>"},
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
