package inspect_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/orbitring/orbit/inspect"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

// reasons maps what GC says about each file of a directory.
func reasons(t *testing.T, dir string, o inspect.GCOptions) map[string]string {
	t.Helper()
	c, err := inspect.GC(inspect.Place{Dir: dir, UID: inspect.Everyone}, "", o)
	must(t, err)
	said := map[string]string{}
	for _, g := range c.Objects {
		verdict := "kept: "
		if g.Removed {
			verdict = "removed: "
		}
		said[filepath.Base(g.Path)] = verdict + g.Reason
	}
	return said
}

func TestGCRemovesWhatNoLiveMemberHoldsAndSaysWhyTheRestIsKept(t *testing.T) {
	if !fleettest.Shareable() {
		t.Skip("this build cannot share segments")
	}
	dir := t.TempDir()
	join := func(name string) *fleet.Fleet {
		f, err := fleet.JoinShared(name, fleet.Options{Size: 2, Dir: dir})
		must(t, err)
		must(t, define(f))
		family(t, f, shared)
		return f
	}
	must(t, join("gone").Close())
	must(t, join("alive").Close())
	alive, err := fleet.JoinShared("alive", fleet.Options{Size: 2, Dir: dir}) // kind 1 is held by nobody
	must(t, err)
	defer alive.Close()
	uid := os.Geteuid()
	name := func(fleet, kind string) string {
		return "orbit-" + fleet + "-" + kind + "-" + itoa(uid)
	}
	must(t, os.WriteFile(filepath.Join(dir, name("noise", "7")), []byte("noise"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "orbit-no\x1bname"), nil, 0o600))
	want := map[string]string{
		name("gone", "1"):    "removed: no live process holds it",
		name("gone", "255"):  "removed: no live process holds it; the fleet's ids begin anew",
		name("alive", "1"):   "kept: its fleet lives: kind 255 is held: live nodes 0",
		name("alive", "255"): "kept: live nodes 0",
		name("noise", "7"):   "kept: not certainly a segment",
		"orbit-no\x1bname":   "kept: not certainly a segment",
	}
	check := func(o inspect.GCOptions, but map[string]string) {
		t.Helper()
		said := reasons(t, dir, o)
		for file, verdict := range want {
			if v, ok := but[file]; ok {
				verdict = v
			}
			if !strings.HasPrefix(said[file], verdict) || verdict == "" && said[file] != "" {
				t.Errorf("%q: %q, want %q", file, said[file], verdict)
			}
		}
	}
	before := count(t, dir)
	young := "kept: it is younger than 1h0m0s"
	check(inspect.GCOptions{Older: time.Hour, Remove: true}, map[string]string{name("gone", "1"): "kept: its fleet's roll is kept: it is younger", name("gone", "255"): young})
	check(inspect.GCOptions{}, nil) // a dry run
	if now := count(t, dir); now != before {
		t.Fatalf("%d files after a dry run, %d before", now, before)
	}
	check(inspect.GCOptions{Remove: true}, nil)
	if now := count(t, dir); now != before-2 {
		t.Errorf("%d files are left, %d were there", now, before)
	}
	check(inspect.GCOptions{}, map[string]string{name("gone", "1"): "", name("gone", "255"): ""})
}

func count(t *testing.T, dir string) int {
	t.Helper()
	all, err := os.ReadDir(dir)
	must(t, err)
	return len(all)
}
