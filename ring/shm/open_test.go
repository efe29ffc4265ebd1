//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring/layout"
)

func TestFirstOpenCreatesAndSecondAttaches(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		begin := time.Now()
		a, b := e.open(7), e.open(7)
		if !a.Created() || b.Created() {
			t.Fatalf("created: %v and %v", a.Created(), b.Created())
		}
		id := a.Identity()
		if id.Instance == 0 || id.Created.Before(begin.Truncate(time.Microsecond)) || id.Created.After(time.Now()) {
			t.Fatalf("stamps: instance %d, created %v", id.Instance, id.Created)
		}
		if !b.Identity().Created.Equal(id.Created) || b.Identity().Instance != id.Instance {
			t.Fatalf("%+v differs from %+v", b.Identity(), id)
		}
		if n := uint64(len(a.Bytes())); n != small(7).Geometry.Size() {
			t.Fatalf("%d bytes mapped, want %d", n, small(7).Geometry.Size())
		}
		decoded, err := layout.Decode(bytes.Clone(a.Bytes()[:layout.IdentitySize]), uint64(len(a.Bytes())))
		if err != nil || decoded.Instance != id.Instance {
			t.Fatalf("header in the mapping: %+v, %v", decoded, err)
		}
		last := len(a.Bytes()) - 1
		a.Bytes()[last] = 42
		if b.Bytes()[last] != 42 {
			t.Fatal("the two do not share memory")
		}
		if a.ReadOnly() || a.Path() != e.path(7) {
			t.Fatalf("read-only %v, path %q", a.ReadOnly(), a.Path())
		}
	})
}

func TestUmaskDoesNotChangeTheMode(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		defer umask(umask(0o777))
		for kind, mode := range []fs.FileMode{0, 0o600, 0o640, 0o660} {
			e.o.Mode = mode
			s := e.open(uint8(kind + 1))
			st, err := os.Stat(s.Path())
			must(t, err)
			if want := max(mode, 0o600); st.Mode() != want {
				t.Fatalf("mode is %v, want %v", st.Mode(), want)
			}
		}
	})
}

func TestAttachTakesTheGeometryFromTheHeader(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		_, err := Attach(e.name(7), e.o)
		mustBe(t, err, fs.ErrNotExist)
		mustSay(t, err, e.path(7))
		a := e.open(7)
		b, err := Attach(e.name(7), e.o)
		must(t, err)
		defer b.Close()
		if b.Created() || b.Identity().Geometry != a.Identity().Geometry || b.Identity().TypeName != "demo.Small" {
			t.Fatalf("attached %+v", b.Identity())
		}
	})
}

func TestAMismatchNamesBothValues(t *testing.T) {
	cases := map[string]struct {
		change     func(*layout.Identity)
		have, want string
	}{
		"capacity":         {func(id *layout.Identity) { id.Geometry.Capacity = 16 }, "8", "16"},
		"lanes":            {func(id *layout.Identity) { id.Geometry.Lanes = 3 }, "2", "3"},
		"topology":         {func(id *layout.Identity) { id.Geometry.Topology, id.Geometry.Lanes = layout.Shared, 1 }, "lane", "shared"},
		"payload capacity": {func(id *layout.Identity) { id.Geometry.Payload = 39 }, "40", "39"},
		"aux":              {func(id *layout.Identity) { id.Geometry.Aux = 128 }, "0", "128"},
		"stride":           {func(id *layout.Identity) { id.Geometry.Stride = 128 }, "64", "128"},
		"kind":             {func(id *layout.Identity) { id.Kind = 8 }, "7", "8"},
		"type":             {func(id *layout.Identity) { id.TypeName = "demo.Other" }, "demo.Small", "demo.Other"},
		"shape of type":    {func(id *layout.Identity) { id.Fingerprint = 0xbeef }, "0xfeed", "0xbeef"},
	}
	everywhere(t, func(t *testing.T, e *setting) {
		e.open(7)
		before := snapshot(t, e.path(7))
		for field, c := range cases {
			id := small(7)
			c.change(&id)
			s, err := Open(e.name(7), id, e.o)
			if s != nil {
				t.Fatalf("%s: opened", field)
			}
			mustBe(t, err, layout.ErrMismatch)
			mustSay(t, err, e.path(7), field, c.have, c.want)
		}
		if after := snapshot(t, e.path(7)); after != before {
			t.Fatalf("changed from %v to %v", before, after)
		}
	})
}

func TestASegmentUnderTheNameOfAnotherKindIsRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		must(t, e.open(7).Close())
		must(t, os.Rename(e.path(7), e.path(8)))
		for _, open := range ways(e, 8) {
			_, err := open()
			mustBe(t, err, layout.ErrMismatch)
			mustSay(t, err, "kind", "7", "8")
		}
	})
}

func TestBadRequestsCreateNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		odd, none, huge := small(7), small(7), small(7)
		odd.Geometry.Capacity, none.Kind, huge.Geometry.Capacity = 7, 0, 1<<60
		for _, id := range []layout.Identity{odd, none, huge, {}} {
			_, err := Open(e.name(7), id, e.o)
			mustBe(t, err, layout.ErrGeometry)
			_, err = Unnamed(id, e.o)
			mustBe(t, err, layout.ErrGeometry)
		}
		for _, mode := range []fs.FileMode{0o400, 0o666, 0o601, 0o4600, fs.ModeDir | 0o600, fs.ModeSetuid | 0o600} {
			o := e.o
			o.Mode = mode
			_, err := Open(e.name(7), small(7), o)
			mustBe(t, err, ErrMode)
		}
		for _, name := range badNames {
			_, err := Open(name, small(7), e.o)
			mustBe(t, err, ErrName)
			_, err = Attach(name, e.o)
			mustBe(t, err, ErrName)
			_, err = Observe(name, e.o)
			mustBe(t, err, ErrName)
			mustBe(t, Remove(name, e.o), ErrName)
		}
		other, err := NameOf(e.fleet, 7, uint32(os.Geteuid())+1)
		must(t, err)
		_, err = Open(other, small(7), e.o)
		mustBe(t, err, fs.ErrNotExist)
		mustSay(t, err, "owner", fmt.Sprint(os.Geteuid()))
		missing := Options{Dir: e.o.Dir + "/missing"}
		_, err = Open(e.name(7), small(7), missing)
		mustBe(t, err, fs.ErrNotExist)
		mustSay(t, err, missing.Dir, "directory")
		if left := e.objects(); len(left) != 0 {
			t.Fatalf("created %v", left)
		}
	})
}

func init() {
	roles["open at the gate"] = func(in *bufio.Scanner, a args) error {
		say("ready")
		io.Copy(io.Discard, os.NewFile(3, "gate"))
		s, err := Open(a.Name, small(7), a.Options)
		if err != nil {
			return err
		}
		say("%v %#x", s.Created(), s.Identity().Instance)
		sit(in)
		return s.Close()
	}
}

// rush lets n processes open one name at the same instant and returns what each
// of them saw.
func rush(t *testing.T, e *setting, n int) map[string]int {
	gate, opener, err := os.Pipe()
	must(t, err)
	defer gate.Close()
	defer opener.Close()
	children := make([]*child, n)
	for i := range children {
		children[i] = start(t, "open at the gate", args{Name: e.name(7), Options: e.o}, with(gate))
	}
	for _, c := range children {
		c.expect("ready")
	}
	opener.Close()
	seen := map[string]int{}
	for _, c := range children {
		seen[c.hear()]++
	}
	for _, c := range children {
		must(t, c.leave())
	}
	return seen
}

func TestProcessesThatOpenOneNameAtTheSameInstantShareOneSegment(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		seen := rush(t, e, 32)
		s := e.open(7)
		instance := fmt.Sprintf("%#x", s.Identity().Instance)
		if s.Created() || seen["true "+instance] != 1 || seen["false "+instance] != 31 {
			t.Fatalf("32 processes saw %v, the segment is %s", seen, instance)
		}
		if left := e.objects(); !slices.Equal(left, []string{e.name(7)}) {
			t.Fatalf("the directory holds %v", left)
		}
	})
}

func init() {
	stopped := func(in *bufio.Scanner, a args) {
		step = func(at string) {
			if at == a.Step {
				say("at %s", at)
				sit(in)
			}
		}
	}
	roles["stop while creating"] = func(in *bufio.Scanner, a args) error {
		stopped(in, a)
		_, err := Open(a.Name, small(7), a.Options)
		return err
	}
	roles["stop while creating unnamed"] = func(in *bufio.Scanner, a args) error {
		stopped(in, a)
		_, err := Unnamed(small(7), a.Options)
		return err
	}
}

var steps = []string{"opened", "locked", "mode", "reserved", "header", "mapped", "linked", "named"}

func TestACreatorKilledAtAnyPointLeavesNothingThatBlocksTheName(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		for _, at := range steps {
			if at == "linked" && use == native && native != portable {
				continue // there is no such step: the file has one name or none
			}
			c := start(t, "stop while creating", args{Name: e.name(7), Options: e.o, Step: at})
			c.expect("at " + at)
			exists := at == "linked" || at == "named"
			if _, err := os.Lstat(e.path(7)); (err == nil) != exists {
				t.Fatalf("%s: name while stopped: %v", at, err)
			}
			c.kill()
			if use == native && native != portable && !exists && len(e.objects()) != 0 {
				t.Fatalf("%s: left %v", at, e.objects())
			}
			s, err := Open(e.name(7), small(7), e.o)
			must(t, err)
			if s.Created() == exists {
				t.Fatalf("%s: created is %v", at, s.Created())
			}
			must(t, s.Close())
			must(t, Remove(e.name(7), e.o))
			if left := e.objects(); len(left) != 0 {
				t.Fatalf("%s: left %v", at, left)
			}
		}
	})
}

func TestACreatorOfAnUnnamedSegmentKilledAtAnyPointLeavesNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		for _, at := range steps[:6] {
			c := start(t, "stop while creating unnamed", args{Options: e.o, Step: at})
			c.expect("at " + at)
			c.kill()
			s, err := Unnamed(small(7), e.o)
			must(t, err)
			if left := e.objects(); len(left) != 0 {
				t.Fatalf("%s: left %v", at, left)
			}
			must(t, s.Close())
		}
	})
}

func TestADraftOfALiveCreatorIsNotSweptAway(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		c := start(t, "stop while creating", args{Name: e.name(7), Options: e.o, Step: "header"})
		c.expect("at header")
		during := e.objects()
		e.open(8)
		if got, want := e.objects(), append(during, e.name(8)); !slices.Equal(got, want) {
			t.Fatalf("%v became %v", during, got)
		}
		c.kill()
		if use.draft != nil && len(during) > 0 {
			must(t, sweepDrafts(e.o.Dir))
		}
	})
}
