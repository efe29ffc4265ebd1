package bridge

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/orbitring/orbit/substrates/contest"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

var nightly = contest.Subject{Kind: 1, Label: "nightly report, with spaces"}

func openClaims(t testing.TB, url string) *Claims {
	t.Helper()
	nc, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	fleettest.Must(t, err)
	t.Cleanup(nc.Close)
	c, err := OpenClaims(t.Context(), nc, "claims")
	fleettest.Must(t, err)
	return c
}

func claim(t testing.TB, c *Claims, s contest.Subject, owner string, ttl time.Duration) (Guard, Holder) {
	t.Helper()
	g, h, err := c.Claim(t.Context(), s, owner, ttl)
	fleettest.Must(t, err)
	return g, h
}

func TestOneHostHasTheLeaseAndTheOtherYields(t *testing.T) {
	s := startServer(t, nil)
	a, b := openClaims(t, s.url()), openClaims(t, s.url())
	g, _ := claim(t, a, nightly, "host a", time.Minute)
	if !g.Won() || g.Token == 0 {
		t.Fatalf("a free subject was not won: %+v", g)
	}
	if lost, h := claim(t, b, nightly, "host b", time.Minute); lost.Won() || h != (Holder{"host a", g.Token}) {
		t.Errorf("the second claim got %+v and was told of %+v", lost, h)
	}
	if other, _ := claim(t, b, contest.Subject{Kind: 2, Label: nightly.Label}, "host b", time.Minute); !other.Won() {
		t.Error("the same label of another kind competes")
	}
	until, err := g.Renew(2 * time.Minute)
	fleettest.Must(t, err)
	if until <= g.Until {
		t.Errorf("renewed until %v, it was %v before", until, g.Until)
	}
	if h, held, err := b.Holder(t.Context(), nightly); err != nil || !held || h != (Holder{"host a", g.Token}) {
		t.Errorf("after renewing the holder is %+v, %v, %v", h, held, err)
	}
	fleettest.Must(t, g.Release())
	next, _ := claim(t, b, nightly, "host b", time.Minute)
	if !next.Won() || next.Token <= g.Token {
		t.Errorf("after the release the next claim got %+v, the token before was %d", next, g.Token)
	}
	if _, err := g.Renew(time.Minute); !errors.Is(err, contest.ErrLost) {
		t.Errorf("a lease that was released was renewed: %v", err)
	}
	if err := g.Release(); !errors.Is(err, contest.ErrLost) {
		t.Errorf("an old guard released its successor: %v", err)
	}
	if h, held, _ := a.Holder(t.Context(), nightly); !held || h.Owner != "host b" {
		t.Errorf("the holder is %+v, %v", h, held)
	}
}

func TestALeaseEndsByItselfAndItsTokenIsStale(t *testing.T) {
	s := startServer(t, nil)
	a, b := openClaims(t, s.url()), openClaims(t, s.url())
	g, _ := claim(t, a, nightly, "host a", time.Second)
	var next Guard
	until(t, "the lease to end", func() bool {
		next, _ = claim(t, b, nightly, "host b", time.Minute)
		return next.Won()
	})
	if now := fleet.Now(); now < g.Until {
		t.Errorf("another host had the lease %v before its holder gave up", g.Until-now)
	}
	if _, err := g.Renew(time.Minute); !errors.Is(err, contest.ErrLost) {
		t.Errorf("a lease that is over was renewed: %v", err)
	}
	fence, err := contest.NewFence(nil)
	fleettest.Must(t, err)
	fleettest.Must(t, fence.Admit(next.Token))
	if err := fence.Admit(g.Token); !errors.Is(err, contest.ErrStale) {
		t.Errorf("the fence admitted the old token %d after %d: %v", g.Token, next.Token, err)
	}
}

func TestOfManyClaimsAtOnceOneWinsAcrossServerRestarts(t *testing.T) {
	s := startServer(t, nil)
	const hosts, rounds = 4, 5
	var all []*Claims
	for range hosts {
		all = append(all, openClaims(t, s.url()))
	}
	high := uint64(0)
	for range rounds {
		var wins atomic.Int32
		var won Guard
		var done sync.WaitGroup
		for _, c := range all {
			done.Go(func() {
				g, _, err := c.Claim(t.Context(), nightly, "one of many", time.Minute)
				if err != nil {
					t.Error(err)
				}
				if g.Won() {
					wins.Add(1)
					won = g
				}
			})
		}
		done.Wait()
		if wins.Load() != 1 {
			t.Fatalf("%d claims won", wins.Load())
		}
		if won.Token <= high {
			t.Errorf("token %d after %d", won.Token, high)
		}
		high = won.Token
		s.restart()
		until(t, "the server to know the lease", func() bool {
			h, held, err := all[0].Holder(t.Context(), nightly)
			return err == nil && held && h.Token == high
		})
		until(t, "the release", func() bool {
			err := won.Release()
			return err == nil || errors.Is(err, contest.ErrLost) // by an attempt whose answer was lost
		})
		for _, c := range all {
			until(t, "the connection", func() bool { _, _, err := c.Holder(t.Context(), nightly); return err == nil })
		}
	}
}

func TestALeaseThatCannotBeIsRefused(t *testing.T) {
	c := openClaims(t, startServer(t, nil).url())
	if _, _, err := c.Claim(t.Context(), nightly, "x", time.Millisecond); !errors.Is(err, contest.ErrTTL) {
		t.Errorf("a lease shorter than a server counts: %v", err)
	}
	if _, _, err := c.Claim(t.Context(), contest.Subject{}, "x", time.Minute); !errors.Is(err, contest.ErrSubject) {
		t.Errorf("a subject without label: %v", err)
	}
	var none Guard
	if _, err := none.Renew(time.Minute); none.Won() || !errors.Is(err, contest.ErrLost) {
		t.Errorf("the zero guard is something: %v", err)
	}
}
