package contest_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/substrates/contest"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestTheFirstClaimWinsAndTheSecondYieldsToIt(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, _ := two(t, f, contest.Options{})
		g := wins(t, a, subject, "worker:1", 5*ms)
		if g.ID != netid64.Make(contest.Kind, 0, 0) || g.Until != 1005*ms {
			t.Errorf("%+v", g)
		}
		yields(t, b, subject, g, "worker:1")
		yields(t, a, subject, g, "worker:1")
	})
}

func TestDifferentLabelsDoNotCompete(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, _ := two(t, f, contest.Options{})
		wins(t, a, named("one"), "worker:1", 5*ms)
		wins(t, b, named("two"), "worker:2", 5*ms)
	})
}

func TestEqualLabelsOfDifferentKindsDoNotCompete(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, _ := two(t, f, contest.Options{})
		wins(t, a, contest.Subject{Kind: 1, Label: "x"}, "worker:1", 5*ms)
		wins(t, b, contest.Subject{Kind: 2, Label: "x"}, "worker:2", 5*ms)
		wins(t, b, contest.Subject{Kind: 0, Label: "x"}, "worker:2", 5*ms)
	})
}

func TestLabelsThatDifferAnywhereAreDifferent(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		table := open(t, f, contest.Options{Subjects: 1024})
		long := strings.Repeat("x", contest.MaxLabel)
		for n := 1; n <= len(long); n++ {
			wins(t, table, named(long[:n]), "worker:1", time.Hour)
			wins(t, table, named(long[:n-1]+"y"), "worker:1", time.Hour)
		}
		wins(t, table, named("\x00"), "worker:1", time.Hour)
		wins(t, table, named("\x00\x00"), "worker:1", time.Hour)
	})
}

func TestAfterAReleaseTheNextClaimWins(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, _ := two(t, f, contest.Options{})
		g := wins(t, a, subject, "worker:1", 5*ms)
		must(t, g.Release())
		free(t, b, subject)
		h := wins(t, b, subject, "worker:2", 5*ms)
		if h.Token <= g.Token {
			t.Errorf("token %d after %d", h.Token, g.Token)
		}
		lost(t, g.Release(), g, "worker:2")
		_, err := g.Renew(time.Hour)
		lost(t, err, g, "worker:2")
		yields(t, a, subject, h, "worker:2")
	})
}

func TestAnExpiredLeaseDoesNotBlock(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, c := two(t, f, contest.Options{})
		g := wins(t, a, subject, "worker:1", 5*ms)
		c.set(1004)
		yields(t, b, subject, g, "worker:1")
		c.set(1006)
		free(t, b, subject)
		for range a.Holders() {
			t.Error("an expired lease is listed")
		}
		h := wins(t, b, subject, "worker:2", 5*ms)
		_, err := g.Renew(5 * ms)
		lost(t, err, g, "worker:2")
		lost(t, g.Release(), g, "worker:2")
		if h.Token <= g.Token {
			t.Errorf("token %d after %d", h.Token, g.Token)
		}
	})
}

func TestALeaseIsOverAtItsEndAndNotBefore(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, c := two(t, f, contest.Options{})
		g := wins(t, a, subject, "worker:1", 5*ms)
		c.now = g.Until - 1
		yields(t, b, subject, g, "worker:1")
		c.now = g.Until
		wins(t, b, subject, "worker:2", 5*ms)
	})
}

func TestAnExpiredLeaseCannotBeRenewedEvenIfNobodyElseClaimed(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, _, c := two(t, f, contest.Options{})
		g := wins(t, a, subject, "worker:1", 5*ms)
		c.set(1005)
		_, err := g.Renew(5 * ms)
		lost(t, err, g, "")
		free(t, a, subject)
	})
}

func TestAClaimThatYieldsLeavesNothingBehind(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, _ := two(t, f, contest.Options{})
		g := wins(t, a, subject, "worker:1", time.Hour)
		yields(t, b, subject, g, "worker:1")
		must(t, g.Release())
		free(t, a, subject)
		wins(t, a, subject, "worker:1", time.Hour)
	})
}

func TestARenewedLeaseSurvivesItsFirstEnd(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, c := two(t, f, contest.Options{})
		g := wins(t, a, subject, "worker:1", 11*ms)
		c.set(1010)
		until, err := g.Renew(5 * ms)
		must(t, err)
		if until != 1015*ms {
			t.Errorf("renewed until %v", until)
		}
		c.set(1012)
		yields(t, b, subject, g, "worker:1")
		c.set(1020)
		wins(t, b, subject, "worker:2", 5*ms)
	})
}

func TestRenewingNeverShortens(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, c := two(t, f, contest.Options{})
		g := wins(t, a, subject, "worker:1", 100*ms)
		until, err := g.Renew(ms)
		must(t, err)
		if until != 1100*ms {
			t.Errorf("renewed until %v", until)
		}
		c.set(500) // a clock that goes back
		if until, err = g.Renew(100 * ms); err != nil || until != 1100*ms {
			t.Errorf("renewed until %v (%v)", until, err)
		}
		c.set(1099)
		yields(t, b, subject, g, "worker:1")
	})
}

func TestALeaseWithoutEndIsOne(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, c := two(t, f, contest.Options{})
		g := wins(t, a, subject, "worker:1", 1<<63-1)
		c.now = 1<<63 - 2
		yields(t, b, subject, g, "worker:1")
		_, err := g.Renew(1<<63 - 1)
		must(t, err)
		must(t, g.Release())
	})
}

func TestAClaimWinsAfter700RoundsWrappedTheRing(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, _ := two(t, f, contest.Options{Capacity: 64})
		for range 700 {
			must(t, wins(t, a, subject, "worker:1", 5*ms).Release())
		}
		wins(t, b, subject, "worker:2", 5*ms)
	})
}

func TestALiveLeaseSurvives2000OtherRounds(t *testing.T) {
	for _, subjects := range []int{2, 256} {
		fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
			a, b, _ := two(t, f, contest.Options{Subjects: subjects})
			g := wins(t, a, subject, "worker:1", time.Hour)
			for i := range 2000 {
				must(t, wins(t, b, named(fmt.Sprint("other ", i)), "worker:2", time.Hour).Release())
			}
			yields(t, b, subject, g, "worker:1")
			_, err := g.Renew(2 * time.Hour)
			must(t, err)
			must(t, g.Release())
		})
	}
}

func TestAFullTableRefusesAndEvictsNobody(t *testing.T) {
	for _, subjects := range []int{1, 4, 16, 17, 100} {
		t.Run(fmt.Sprint(subjects), func(t *testing.T) {
			fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
				a, b, c := two(t, f, contest.Options{Subjects: subjects})
				w, err := b.Watch(ring.Oldest)
				must(t, err)
				defer w.Close()
				var guards []contest.Guard
				var full contest.Subject
				for i := 0; full.Label == ""; i++ {
					s := named(fmt.Sprint("subject ", i))
					g, _, err := a.Claim(s, "worker:1", 5*ms)
					switch {
					case errors.Is(err, contest.ErrFull):
						full = s
					case err != nil || !g.Won():
						t.Fatal(g, err)
					default:
						guards = append(guards, g)
					}
				}
				if n := len(guards); n < subjects || subjects <= 16 && n != subjects || n > a.Seats() {
					t.Errorf("%d subjects fit, the table is for %d and has %d records", n, subjects, a.Seats())
				}
				_, _, err = b.Claim(full, "worker:2", time.Hour)
				if detail, ok := errors.AsType[*contest.FullError](err); !ok || detail.Subject != full || detail.Row != min(subjects, 16) {
					t.Errorf("got: %v", err)
				}
				for _, g := range guards {
					yields(t, b, g.Subject, g, "worker:1")
				}
				n := 0
				for range b.Holders() {
					n++
				}
				if n != len(guards) {
					t.Errorf("%d holders are listed, want %d", n, len(guards))
				}
				told := 0
				for ok := true; ok; told++ {
					ok, err = w.Next(new(contest.Transition))
					must(t, err)
				}
				if told-1 != len(guards) {
					t.Errorf("%d transitions told of %d claims", told-1, len(guards))
				}
				c.set(1005)
				wins(t, b, full, "worker:2", 5*ms) // expired records are used again
			})
		})
	}
}

func TestAReleasedSeatOfAFullTableIsFree(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, _ := two(t, f, contest.Options{Subjects: 2})
		g := wins(t, a, named("one"), "worker:1", time.Hour)
		wins(t, a, named("two"), "worker:1", time.Hour)
		if _, _, err := b.Claim(named("three"), "worker:2", time.Hour); !errors.Is(err, contest.ErrFull) {
			t.Errorf("got: %v", err)
		}
		must(t, g.Release())
		wins(t, b, named("three"), "worker:2", time.Hour)
	})
}

func TestBadClaimsAreRefusedAndChangeNothing(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, _ := two(t, f, contest.Options{})
		w, err := b.Watch(ring.Oldest)
		must(t, err)
		defer w.Close()
		for _, c := range []struct {
			label, owner string
			ttl          time.Duration
			want         error
			text         string
		}{
			{"", "me", ms, contest.ErrSubject, "0 bytes"},
			{strings.Repeat("x", contest.MaxLabel+1), "me", ms, contest.ErrSubject, "65 bytes"},
			{"x", strings.Repeat("x", contest.MaxOwner+1), ms, contest.ErrOwner, "33 bytes"},
			{"x", "me", 0, contest.ErrTTL, "0s"},
			{"x", "me", -ms, contest.ErrTTL, "-1ms"},
		} {
			g, _, err := a.Claim(named(c.label), c.owner, c.ttl)
			if g.Won() || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%+v: won %v, %v", c, g.Won(), err)
			}
		}
		if _, _, err := a.Holder(named("")); !errors.Is(err, contest.ErrSubject) {
			t.Errorf("the holder of no label: %v", err)
		}
		if err := a.Wait(t.Context(), named("")); !errors.Is(err, contest.ErrSubject) {
			t.Errorf("waiting for no label: %v", err)
		}
		for range a.Holders() {
			t.Error("something is held")
		}
		if ok, err := w.Next(new(contest.Transition)); ok || err != nil {
			t.Errorf("something was published (%v)", err)
		}
		g := wins(t, a, named(strings.Repeat("x", contest.MaxLabel)), strings.Repeat("y", contest.MaxOwner), ms)
		if g.ID.Counter() != 0 {
			t.Errorf("a refused claim used an id: %v", g.ID)
		}
		for _, ttl := range []time.Duration{0, -1} {
			if _, err := g.Renew(ttl); !errors.Is(err, contest.ErrTTL) {
				t.Errorf("renewed for %v: %v", ttl, err)
			}
		}
		wins(t, a, named("without an owner's name"), "", ms)
		var none contest.Guard
		_, err = none.Renew(ms)
		if !errors.Is(err, contest.ErrLost) || !errors.Is(none.Release(), contest.ErrLost) {
			t.Errorf("no guard was renewed: %v", err)
		}
	})
}

func TestAfterCloseEverythingIsErrClosed(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		f, err := f.Sibling(fleet.Node(1))
		must(t, err)
		table := open(t, f, contest.Options{})
		g := wins(t, table, subject, "worker:1", time.Hour)
		must(t, f.Close())
		_, _, claim := table.Claim(subject, "worker:2", time.Hour)
		_, _, holder := table.Holder(subject)
		_, renew := g.Renew(time.Hour)
		_, watch := table.Watch(ring.Oldest)
		_, acquire := table.Acquire(t.Context(), subject, "worker:2", time.Hour)
		_, again := contest.Open(f, contest.Options{})
		for what, err := range map[string]error{
			"claim": claim, "holder": holder, "renew": renew, "release": g.Release(), "watch": watch,
			"wait": table.Wait(t.Context(), subject), "acquire": acquire, "open": again,
		} {
			if !errors.Is(err, fleet.ErrClosed) {
				t.Errorf("%s: %v", what, err)
			}
		}
		for range table.Holders() {
			t.Error("a closed table lists holders")
		}
	})
}

func TestALeaseOutlivesItsHoldersMembership(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		table := open(t, f, contest.Options{})
		other, err := f.Sibling(fleet.Node(1))
		must(t, err)
		g := wins(t, open(t, other, contest.Options{}), subject, "worker:2", time.Hour)
		must(t, other.Close())
		yields(t, table, subject, g, "worker:2")
		other, err = f.Sibling(fleet.Node(1))
		must(t, err)
		defer other.Close()
		again := open(t, other, contest.Options{})
		yields(t, again, subject, g, "worker:2")
		wins(t, again, named("another"), "worker:2", time.Hour)
	})
}

func TestHoldersListsEverySubjectOnce(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, _ := two(t, f, contest.Options{Subjects: 100})
		want := map[contest.Subject]contest.Guard{}
		for i := range 100 {
			s := contest.Subject{Kind: uint8(i % 3), Label: fmt.Sprint(i)}
			want[s] = wins(t, a, s, fmt.Sprint("owner of ", i), time.Hour)
		}
		for h := range b.Holders() {
			g, ok := want[h.Subject()]
			if !ok || h.ID != g.ID || h.Token != g.Token || h.Until != g.Until || h.Owner() != "owner of "+g.Subject.Label {
				t.Errorf("%+v, want %+v", h, g)
			}
			delete(want, h.Subject())
		}
		if len(want) > 0 {
			t.Errorf("not listed: %v", want)
		}
		for range a.Holders() {
			break // stops
		}
	})
}

func TestMembersMustAgreeOnTheTable(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		open(t, f, contest.Options{Subjects: 64})
		g := fleettest.Sibling(t, f, 1)
		for _, o := range []contest.Options{{Subjects: 128}, {Subjects: 64, Capacity: 64}} {
			_, err := contest.Open(g, o)
			if !errors.Is(err, layout.ErrMismatch) {
				t.Errorf("%+v: %v", o, err)
			}
		}
		_, err := contest.Open(g, contest.Options{})
		if err == nil || !strings.Contains(err.Error(), "Options.Subjects") {
			t.Errorf("got: %v", err)
		}
		for _, n := range []int{-1, 1<<20 + 1} {
			if _, err := contest.Open(g, contest.Options{Subjects: n}); !errors.Is(err, layout.ErrGeometry) {
				t.Errorf("%d subjects: %v", n, err)
			}
		}
		open(t, g, contest.Options{Subjects: 64})
	})
}

func TestOfManyGoroutinesOfManyMembersOneWins(t *testing.T) {
	fleettest.Each(t, 3, func(t *testing.T, f *fleet.Fleet) {
		tables := []*contest.Table{open(t, f, contest.Options{}), open(t, f, contest.Options{})}
		for n := 1; n < 3; n++ {
			tables = append(tables, open(t, fleettest.Sibling(t, f, n), contest.Options{}))
		}
		var last uint64
		for round := range 50 {
			s := named(fmt.Sprint("round ", round%7))
			won := make([]contest.Guard, 16)
			saw := make([]contest.Holder, 16)
			var all sync.WaitGroup
			start := make(chan struct{})
			for i := range won {
				all.Go(func() {
					<-start
					var err error
					if won[i], saw[i], err = tables[i%len(tables)].Claim(s, fmt.Sprint(i), time.Hour); err != nil {
						t.Error(err)
					}
				})
			}
			close(start)
			all.Wait()
			winner := -1
			for i, g := range won {
				if g.Won() {
					if winner >= 0 {
						t.Fatalf("%d and %d both won", winner, i)
					}
					winner = i
				}
			}
			if winner < 0 {
				t.Fatal("nobody won")
			}
			for i, h := range saw {
				if i != winner && (h.ID != won[winner].ID || h.Owner() != fmt.Sprint(winner)) {
					t.Errorf("%d yields to %+v, the winner is %+v", i, h, won[winner])
				}
			}
			if won[winner].Token <= last {
				t.Errorf("token %d after %d", won[winner].Token, last)
			}
			last = won[winner].Token
			must(t, won[winner].Release())
		}
	})
}

func TestClaimingAndReadingAllocateNothing(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, _ := two(t, f, contest.Options{})
		w, err := a.Watch(ring.Oldest)
		must(t, err)
		defer w.Close()
		wins(t, a, named("held"), "worker:1", time.Hour)
		var to contest.Transition
		ttl := time.Hour
		for what, do := range map[string]func(){
			"claim and release": func() {
				g, _, _ := a.Claim(subject, "worker:1", time.Hour)
				g.Release()
			},
			"claim, renew and release": func() {
				g, _, _ := a.Claim(subject, "worker:1", time.Hour)
				ttl += time.Hour
				g.Renew(ttl)
				g.Release()
			},
			"yield":       func() { b.Claim(named("held"), "worker:2", time.Hour) },
			"holder":      func() { b.Holder(named("held")) },
			"watch":       func() { w.Next(&to) },
			"all holders": func() { countHolders(b) },
		} {
			if n := testing.AllocsPerRun(100, do); n != 0 {
				t.Errorf("%s allocates %v times", what, n)
			}
		}
	})
}

func countHolders(t *contest.Table) (n int) {
	for range t.Holders() {
		n++
	}
	return n
}
