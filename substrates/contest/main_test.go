package contest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/orbitring/orbit/substrates/contest"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

var must = fleettest.Must

const ms = time.Millisecond

// a clock that the test sets, in milliseconds.
type clock struct{ now time.Duration }

func (c *clock) set(at int) { c.now = time.Duration(at) * ms }

func (c *clock) read() time.Duration { return c.now }

func open(t testing.TB, f *fleet.Fleet, o contest.Options) *contest.Table {
	t.Helper()
	table, err := contest.Open(f, o)
	must(t, err)
	return table
}

// two opens tables of two members, who have one clock, which shows 1000 ms.
func two(t testing.TB, f *fleet.Fleet, o contest.Options) (a, b *contest.Table, c *clock) {
	t.Helper()
	c = &clock{now: 1000 * ms}
	o.Clock = c.read
	return open(t, f, o), open(t, fleettest.Sibling(t, f, 1), o), c
}

func named(label string) contest.Subject { return contest.Subject{Kind: 1, Label: label} }

var subject = named("subject")

// wins claims and wants a lease.
func wins(t testing.TB, table *contest.Table, s contest.Subject, owner string, ttl time.Duration) contest.Guard {
	t.Helper()
	g, h, err := table.Claim(s, owner, ttl)
	must(t, err)
	if !g.Won() || g.Subject != s || g.Token == 0 || g.ID.IsZero() {
		t.Fatalf("%q does not win %v but %+v; %q holds it", owner, s, g, h.Owner())
	}
	h, held, err := table.Holder(s)
	must(t, err)
	if !held || h.ID != g.ID || h.Token != g.Token || h.Until != g.Until || h.Owner() != owner || h.Subject() != s {
		t.Fatalf("%q won with %+v, but the holder is %+v", owner, g, h)
	}
	return g
}

// yields claims and wants to yield to a guard of this owner.
func yields(t testing.TB, table *contest.Table, s contest.Subject, to contest.Guard, owner string) {
	t.Helper()
	g, h, err := table.Claim(s, "loser", time.Hour)
	must(t, err)
	if g.Won() || h.ID != to.ID || h.Token != to.Token || h.Owner() != owner || h.Subject() != s {
		t.Fatalf("won %v, holder %+v (%q); want to yield to %+v of %q", g.Won(), h, h.Owner(), to, owner)
	}
}

// free wants nobody to hold a subject.
func free(t testing.TB, table *contest.Table, s contest.Subject) {
	t.Helper()
	h, held, err := table.Holder(s)
	must(t, err)
	if held {
		t.Fatalf("%v is held by %q until %v", s, h.Owner(), h.Until)
	}
}

// lost wants an ErrLost about this guard.
func lost(t testing.TB, err error, g contest.Guard, successor string) {
	t.Helper()
	detail, ok := errors.AsType[*contest.LostError](err)
	if !ok || !errors.Is(err, contest.ErrLost) || detail.Token != g.Token || detail.Holder.Owner() != successor {
		t.Fatalf("got: %v; want token %d lost, held by %q now", err, g.Token, successor)
	}
}

func TestMain(m *testing.M) {
	fleettest.Main(m, map[string]fleettest.Role{})
}
