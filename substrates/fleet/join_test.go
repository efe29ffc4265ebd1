package fleet_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestAFleetOfOneHasItsNameSizeAndNode0(t *testing.T) {
	f, err := fleet.Join("solo", fleet.Options{Size: 1})
	must(t, err)
	defer f.Close()
	if f.Name() != "solo" || f.Size() != 1 || f.Node() != 0 || f.IsShared() {
		t.Errorf("name %q, size %d, node %d, shared %v", f.Name(), f.Size(), f.Node(), f.IsShared())
	}
	if !fleettest.Shareable() {
		return
	}
	name := fleettest.Name(t)
	s, err := fleet.JoinShared(name, fleet.Options{Size: 1})
	must(t, err)
	defer s.Close()
	if s.Name() != name || s.Size() != 1 || s.Node() != 0 || !s.IsShared() {
		t.Errorf("name %q, size %d, node %d, shared %v", s.Name(), s.Size(), s.Node(), s.IsShared())
	}
}

func TestBadInputIsRefusedWithBothValuesAndCreatesNothing(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		what  string
		name  string
		o     fleet.Options
		is    error
		names []string
	}{
		{"size 0", "a", fleet.Options{}, fleet.ErrSize, []string{"0", "65536"}},
		{"a negative size", "a", fleet.Options{Size: -1}, fleet.ErrSize, []string{"-1", "65536"}},
		{"a size of 65537", "a", fleet.Options{Size: 65537}, fleet.ErrSize, []string{"65537", "65536"}},
		{"node = size", "a", fleet.Options{Size: 3, Node: fleet.Node(3)}, fleet.ErrNode, []string{"node 3", "of 3", "0 to 2"}},
		{"node -1", "a", fleet.Options{Size: 3, Node: fleet.Node(-1)}, fleet.ErrNode, []string{"node -1", "0 to 2"}},
		{"node 65536", "a", fleet.Options{Size: 65536, Node: fleet.Node(65536)}, fleet.ErrNode, []string{"65536"}},
		{"a slash", "a/b", fleet.Options{Size: 1}, fleet.ErrName, []string{"a/b"}},
		{"two dots", "a..b", fleet.Options{Size: 1}, fleet.ErrName, []string{"a..b", ".."}},
		{"a NUL", "a\x00b", fleet.Options{Size: 1}, fleet.ErrName, []string{`a\x00b`}},
		{"no name", "", fleet.Options{Size: 1}, fleet.ErrName, []string{"empty"}},
		{"a name too long", strings.Repeat("x", 235), fleet.Options{Size: 1}, fleet.ErrName, []string{"255"}},
	} {
		c.o.Dir = dir
		_, here := fleet.Join(c.name, c.o)
		_, there := fleet.JoinShared(c.name, c.o)
		for _, err := range []error{here, there} {
			if !errors.Is(err, c.is) {
				t.Errorf("%s: %v, want %v", c.what, err, c.is)
				continue
			}
			for _, value := range c.names {
				if !strings.Contains(err.Error(), value) {
					t.Errorf("%s: %q does not name %q", c.what, err, value)
				}
			}
		}
	}
	if found, err := os.ReadDir(dir); err != nil || len(found) > 0 {
		t.Errorf("created %v (%v)", found, err)
	}
}

func TestTheLongestNameIsGoodForEveryKind(t *testing.T) {
	f, err := fleet.Join(strings.Repeat("x", 234), fleet.Options{Size: 1})
	must(t, err)
	defer f.Close()
	_, err = f.Publish(191, 0, 0, nil)
	must(t, err)
}

func TestANodeHasOneLiveMember(t *testing.T) {
	fleettest.Each(t, 3, func(t *testing.T, f *fleet.Fleet) {
		_, err := f.Sibling(fleet.Node(0))
		held, ok := errors.AsType[*fleet.HeldError](err)
		if !ok || held.Node != 0 || held.Fleet != f.Name() || !errors.Is(err, fleet.ErrNodeHeld) {
			t.Fatalf("a second node 0: %v", err)
		}
		g := fleettest.Sibling(t, f, 2)
		must(t, g.Close())
		g = fleettest.Sibling(t, f, 2)
		if g.Node() != 2 {
			t.Errorf("node %d", g.Node())
		}
	})
}

func TestAnAutomaticNodeIsTheFirstOneFree(t *testing.T) {
	fleettest.Each(t, 4, func(t *testing.T, f *fleet.Fleet) {
		fleettest.Sibling(t, f, 2)
		for _, want := range []uint16{1, 3} {
			g, err := f.Sibling(fleet.Auto)
			must(t, err)
			defer g.Close()
			if g.Node() != want {
				t.Errorf("node %d, want %d", g.Node(), want)
			}
		}
		_, err := f.Sibling(fleet.Auto)
		full, ok := errors.AsType[*fleet.FullError](err)
		if !ok || full.Size != 4 || full.Fleet != f.Name() || !errors.Is(err, fleet.ErrFull) {
			t.Errorf("a fifth of 4: %v", err)
		}
	})
}

func TestAFleetHasOneSize(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 2, 0)
	_, err := fleet.JoinShared(f.Name(), fleet.Options{Size: 5})
	detail, ok := errors.AsType[*layout.MismatchError](err)
	if !ok || detail.Field != "fleet size" || detail.Have != "2" || detail.Want != "5" {
		t.Errorf("size 5 in a fleet of 2: %v", err)
	}
}

func TestAModeThatSegmentsCannotHaveIsRefused(t *testing.T) {
	if !fleettest.Shareable() {
		return
	}
	name := fleettest.Name(t)
	if _, err := fleet.JoinShared(name, fleet.Options{Size: 1, Mode: 0o666}); !errors.Is(err, shm.ErrMode) {
		t.Error(err)
	}
	if found, err := shm.List(shm.Options{}, name); err != nil || len(found) > 0 {
		t.Errorf("created %v (%v)", found, err)
	}
}

func TestMembersAreThoseWhoLive(t *testing.T) {
	fleettest.Each(t, 4, func(t *testing.T, f *fleet.Fleet) {
		before := time.Now()
		g := fleettest.Sibling(t, f, 2)
		list, err := f.Members()
		must(t, err)
		if len(list) != 2 || list[0].Node != 0 || list[1].Node != 2 {
			t.Fatalf("members %v", list)
		}
		for _, m := range list {
			if m.PID != os.Getpid() || time.Since(m.Since) < 0 {
				t.Errorf("member %v", m)
			}
		}
		if list[1].Since.Before(before.Truncate(0)) {
			t.Errorf("node 2 since %v, it joined after %v", list[1].Since, before)
		}
		must(t, g.Close())
		list, err = f.Members()
		must(t, err)
		if alive, err := f.Alive(2); len(list) != 1 || alive || err != nil {
			t.Errorf("members %v after node 2 has left, alive %v (%v)", list, alive, err)
		}
		if _, err := f.Alive(4); !errors.Is(err, fleet.ErrNode) {
			t.Errorf("node 4 of 4: %v", err)
		}
	})
}

func TestAClosedFleetSaysSo(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		g := fleettest.Sibling(t, f, 1)
		values, err := fleet.Of[answer](g)
		must(t, err)
		_, err = values.Publish(0, 0, &answer{42})
		must(t, err)
		must(t, g.Close())
		must(t, g.Close())

		to := bufferOf(256)
		for what, err := range map[string]error{
			"publish":             second(g.Publish(9, 0, 0, nil)),
			"publish of a type":   second(values.Publish(0, 0, &answer{})),
			"publish, new kind":   second(g.Publish(10, 0, 0, nil)),
			"read":                second(g.Read(1<<56|9<<40, to)),
			"read of a type":      second(values.ReadHead(new(fleet.Item[answer]))),
			"read head":           second(g.ReadHead(kindOfAnswers, to)),
			"cursor":              second(g.Cursor(kindOfAnswers, ring.Now)),
			"cursor, new kind":    second(g.Cursor(11, ring.Now)),
			"writer":              second(values.Writer()),
			"next id":             second(g.NextID(7)),
			"members":             second(g.Members()),
			"alive":               second(g.Alive(0)),
			"define":              g.Define(12, fleet.Spec{}),
			"of":                  second(fleet.Of[question](g)),
			"sibling":             second(g.Sibling(fleet.Auto)),
			"family":              second(g.Family(13)),
			"open a reserved one": second(g.OpenReserved(200, fleet.Spec{})),
		} {
			if !errors.Is(err, fleet.ErrClosed) || !errors.Is(err, os.ErrClosed) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func second[A any](_ A, err error) error { return err }
