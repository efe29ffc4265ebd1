package inspect_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/orbitring/orbit/inspect"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func init() { roles["look"] = look }

const stranger = 4711

// look does all that can be done without removing, in the directory args[0],
// and keeps what it opened.
func look(p *fleettest.Parent, args []string) error {
	place := inspect.Place{Dir: args[0], UID: inspect.Everyone}
	ctx := context.Background()
	l, err := inspect.List(place, "")
	if err != nil {
		return err
	}
	w := inspect.NewWatch(place, "")
	top, err := w.Round()
	if err != nil {
		return err
	}
	broken := ""
	for i, s := range l.Segments {
		broken += s.Error + top.Rings[i].Error
		found, err := place.Find([]string{s.Path})
		if err != nil {
			return err
		}
		o, err := inspect.Open(found[0])
		if err != nil {
			return err
		}
		if _, err := o.Stat(ctx, time.Millisecond); err != nil {
			return err
		}
		err = o.Follow(ctx, inspect.Tail{Back: 100}, func(*inspect.Frame) error { return nil }, func(*inspect.Lost) error { return nil })
		if err != nil {
			return err
		}
		if _, err := o.Dump(filepath.Join(args[1], s.Name)); err != nil {
			return err
		}
	}
	if _, err := inspect.GC(place, "", inspect.GCOptions{}); err != nil {
		return err
	}
	if _, err := inspect.Diagnose(ctx, place, "", time.Millisecond); err != nil {
		return err
	}
	p.Say("looked at %d as user %d, process %d%s", len(l.Segments), os.Geteuid(), os.Getpid(), broken)
	p.Stay()
	return nil
}

// pictures are all that somebody could have changed about the files of a
// directory, and of the directory itself.
func pictures(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st syscall.Stat_t
		if err := syscall.Stat(path, &st); err != nil {
			return err
		}
		text, _ := os.ReadFile(path)
		all[path] = fmt.Sprint(st.Ino, st.Mode, st.Size, st.Mtim, st.Ctim, st.Nlink, string(text))
		return nil
	}))
	return all
}

func TestLookingNeedsNoWriteAccessChangesNothingAndLocksNothing(t *testing.T) {
	if !fleettest.Shareable() || os.Geteuid() != 0 {
		t.Skip("NOT TESTED: only root can start a process as another user")
	}
	if real, err := os.Readlink("/proc/thread-self/exe"); err != nil || strings.Contains(real, "qemu") {
		t.Skip("NOT TESTED under an emulator: it would open the test binary as that user; the native run covers it")
	}
	dir, out := t.TempDir(), t.TempDir()
	for _, d := range []string{dir, dir + "/..", out, out + "/.."} {
		must(t, os.Chmod(d, 0o755))
	}
	must(t, os.Chown(out, stranger, stranger))
	f, err := fleet.JoinShared("shop", fleet.Options{Size: 4, Dir: dir, Mode: 0o640, Group: stranger})
	must(t, err)
	defer f.Close()
	must(t, define(f))
	for _, kind := range []uint8{shared, lane} {
		for range 100 {
			_, err := family(t, f, kind).Publish(0, 0, []byte("x"))
			must(t, err)
		}
	}
	before := pictures(t, dir)
	c := fleettest.StartWith(t, func(cmd *exec.Cmd) {
		cmd.Path = "/proc/self/exe" // the stranger may not walk to the test binary
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stranger, Gid: stranger}}
	}, "look", dir, out)
	c.Expect("looked at 3 as user %d, process %d", stranger, c.Pid())
	for path, was := range before {
		if is := pictures(t, dir)[path]; is != was {
			t.Errorf("%s was changed from\n%.200q to\n%.200q", path, was, is)
		}
	}
	if now := pictures(t, dir); len(now) != len(before) {
		t.Errorf("%d files, %d before", len(now), len(before))
	}
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", c.Pid()))
	must(t, err)
	mapped := 0
	for line := range strings.Lines(string(maps)) {
		if strings.Contains(line, dir) {
			mapped++
			if !strings.Contains(line, " r--s ") {
				t.Errorf("mapped %s", line)
			}
		}
	}
	if mapped == 0 {
		t.Error("the looker has nothing mapped")
	}
	// Locks of open file descriptions show in fdinfo of whoever holds them.
	infos, err := filepath.Glob(fmt.Sprintf("/proc/%d/fdinfo/*", c.Pid()))
	must(t, err)
	for _, path := range infos {
		if text, _ := os.ReadFile(path); strings.Contains(string(text), "lock:") {
			t.Errorf("%s: %s", path, text)
		}
	}
	// A looker is no obstacle.
	must(t, f.Close())
	place := inspect.Place{Dir: dir, UID: inspect.Everyone}
	gone, err := inspect.GC(place, "", inspect.GCOptions{Remove: true})
	must(t, err)
	for _, o := range gone.Objects {
		if !o.Removed {
			t.Errorf("%+v", o)
		}
	}
	c.Leave()
}
