//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/orbitring/orbit/ring/layout"
)

// systems are all means that can work here: the native ones, those of a Linux
// without O_TMPFILE or /proc, and those of other Unixes.
var systems = map[string]*system{"portable": portable}

func init() {
	if native == portable {
		return
	}
	systems["native"] = native
	named := *native
	named.draft = draftWithName
	systems["named"] = &named
}

func systemName() string {
	for name, s := range systems {
		if s == use {
			return name
		}
	}
	panic("unknown system")
}

// setting is one directory in which a test runs over one system.
type setting struct {
	t     *testing.T
	o     Options
	fleet string
}

func everywhere(t *testing.T, test func(t *testing.T, e *setting)) {
	for name := range systems {
		t.Run(name, func(t *testing.T) { test(t, over(t, name)) })
	}
}

func over(t *testing.T, name string) *setting {
	before := use
	use = systems[name]
	t.Cleanup(func() { use = before })
	parent := os.TempDir()
	if runtime.GOOS == "linux" && name == "native" {
		parent = defaultDir()
	}
	dir, err := os.MkdirTemp(parent, testPrefix)
	must(t, err)
	must(t, os.Chmod(dir, 0o755))
	return in(t, dir)
}

func in(t *testing.T, dir string) *setting {
	e := &setting{t: t, o: Options{Dir: dir}, fleet: fmt.Sprintf("t%x", rand.Uint64())}
	t.Cleanup(e.sweep)
	return e
}

// sweep removes the segments of the fleet, which fails if any lock of theirs
// was left, and complains about everything else.
func (e *setting) sweep() {
	for _, name := range e.objects() {
		if !strings.HasPrefix(name, namePrefix+e.fleet) {
			e.t.Errorf("left behind: %s", name)
		} else if err := Remove(name, e.o); err != nil {
			e.t.Errorf("left behind: %v", err)
		}
	}
	os.RemoveAll(e.o.Dir)
	posix.Lock()
	defer posix.Unlock()
	if len(posix.files) != 0 {
		e.t.Errorf("lock table keeps %d files", len(posix.files))
	}
}

func (e *setting) objects() []string {
	e.t.Helper()
	found, err := os.ReadDir(e.o.Dir)
	must(e.t, err)
	var names []string
	for _, f := range found {
		names = append(names, f.Name())
	}
	return names
}

func (e *setting) name(kind uint8) string {
	e.t.Helper()
	name, err := Name(e.fleet, kind)
	must(e.t, err)
	return name
}

func (e *setting) path(kind uint8) string { return e.o.Dir + "/" + e.name(kind) }

func (e *setting) open(kind uint8) *Segment {
	e.t.Helper()
	s, err := Open(e.name(kind), small(kind), e.o)
	must(e.t, err)
	e.t.Cleanup(func() { s.Close() })
	return s
}

func small(kind uint8) layout.Identity {
	id, err := layout.Identity{
		Kind:        kind,
		Geometry:    layout.Geometry{Topology: layout.Lane, Lanes: 2, Capacity: 8, Payload: 40},
		Fingerprint: 0xfeed,
		TypeName:    "demo.Small",
	}.Normalize()
	if err != nil {
		panic(err)
	}
	return id
}

func mustBe(t *testing.T, err error, targets ...error) {
	t.Helper()
	for _, target := range targets {
		if !errors.Is(err, target) {
			t.Fatalf("error is %v, want %v", err, target)
		}
	}
}

func mustSay(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Fatalf("error %q does not say %q", fmt.Sprint(err), w)
		}
	}
}
