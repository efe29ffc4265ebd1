package contest_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring/shm"
	"github.com/orbitring/orbit/substrates/contest"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

// removed removes all segments of a fleet that everybody has left.
func removed(t *testing.T, name string) {
	t.Helper()
	found, err := shm.List(shm.Options{}, name)
	must(t, err)
	for _, e := range found {
		must(t, shm.Remove(e.Name, shm.Options{}))
	}
}

// life joins a fleet, claims n times, and leaves. It returns the tokens.
func life(t *testing.T, name string, n int, o contest.Options) (tokens []uint64) {
	t.Helper()
	f, err := fleet.JoinShared(name, fleet.Options{Size: 2})
	must(t, err)
	defer f.Close()
	table := open(t, f, o)
	for range n {
		g := wins(t, table, subject, "worker:1", time.Hour)
		tokens = append(tokens, g.Token)
		must(t, g.Release())
	}
	return tokens
}

func ascend(t *testing.T, lives ...[]uint64) {
	t.Helper()
	last := uint64(0)
	for i, tokens := range lives {
		for _, token := range tokens {
			if token <= last {
				t.Fatalf("life %d: token %d after %d", i, token, last)
			}
			last = token
		}
	}
}

func TestTokensGoOnAfterEverybodyLeft(t *testing.T) {
	if !fleettest.Shareable() {
		t.Skip("this build cannot share segments")
	}
	name := fleettest.Name(t)
	wallClockAt(t, time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	first := life(t, name, 3, contest.Options{})
	wallClockAt(t, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)) // of no importance to a table that exists
	ascend(t, first, life(t, name, 3, contest.Options{}))
}

func TestTokensGoOnAfterAReset(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, _ := two(t, f, contest.Options{})
		g := wins(t, a, subject, "worker:1", time.Hour)
		must(t, contest.Reset(a))
		yields(t, b, subject, g, "worker:1")
		must(t, g.Release())
		if h := wins(t, b, subject, "worker:2", time.Hour); h.Token <= g.Token {
			t.Errorf("token %d after %d", h.Token, g.Token)
		}
	})
}

func TestTokensGoOnAfterRemovalWhileTheWallClockRuns(t *testing.T) {
	if !fleettest.Shareable() {
		t.Skip("this build cannot share segments")
	}
	name := fleettest.Name(t)
	first := life(t, name, 1000, contest.Options{})
	removed(t, name)
	ascend(t, first, life(t, name, 3, contest.Options{}))
}

func TestWithAStoreTokensGoOnAfterRemovalWhateverTheWallClockSays(t *testing.T) {
	if !fleettest.Shareable() {
		t.Skip("this build cannot share segments")
	}
	name, store := fleettest.Name(t), &memory{}
	var lives [][]uint64
	for _, year := range []int{2030, 2025, 1970, 2031} {
		wallClockAt(t, time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
		lives = append(lives, life(t, name, 3, contest.Options{Tokens: store}))
		removed(t, name)
	}
	ascend(t, lives...)
	if last := lives[3][2]; store.n <= last || store.saves != 4 {
		t.Errorf("the store has %d after %d tables and token %d", store.n, store.saves, last)
	}
}

func TestAStoreThatLostARaceIsRaisedByTheNextOpener(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		store := &memory{}
		g := wins(t, open(t, f, contest.Options{Tokens: store}), subject, "worker:1", time.Hour)
		store.n = 7
		open(t, fleettest.Sibling(t, f, 1), contest.Options{Tokens: store})
		if store.n <= g.Token {
			t.Errorf("the store has %d, a token is %d", store.n, g.Token)
		}
	})
}

func TestAWallClockThatWasNeverSetBeginsNoTokens(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		wallClockAt(t, time.Unix(17, 0))
		_, err := contest.Open(f, contest.Options{})
		if !errors.Is(err, contest.ErrClock) {
			t.Errorf("got: %v", err)
		}
		store := &memory{n: 100}
		if g := wins(t, open(t, f, contest.Options{Tokens: store}), subject, "worker:1", time.Hour); g.Token != 100 {
			t.Errorf("token %d", g.Token)
		}
	})
}

func TestAStoreThatFailsBeginsNoTokens(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		broken := errors.New("broken")
		if _, err := contest.Open(f, contest.Options{Tokens: &memory{err: broken}}); !errors.Is(err, broken) {
			t.Errorf("got: %v", err)
		}
		if _, err := contest.Open(f, contest.Options{Tokens: &memory{n: math.MaxUint64}}); !errors.Is(err, contest.ErrSpent) {
			t.Errorf("got: %v", err)
		}
		open(t, f, contest.Options{})
	})
}

func TestTheLastTokenIsTheLast(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		table := open(t, f, contest.Options{})
		held := wins(t, table, named("held"), "worker:1", time.Hour)
		table.UseUp(2)
		for range 2 {
			must(t, wins(t, table, subject, "worker:1", time.Hour).Release())
		}
		for range 2 {
			_, _, err := table.Claim(subject, "worker:1", time.Hour)
			if detail, ok := errors.AsType[*contest.SpentError](err); !ok || detail.Ceiling-detail.First != contest.Span {
				t.Errorf("got: %v", err)
			}
		}
		free(t, table, subject)
		yields(t, table, named("held"), held, "worker:1")
		must(t, held.Release())
	})
}
