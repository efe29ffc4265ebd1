package contest_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orbitring/orbit/substrates/contest"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestWaitReturnsAtOnceWhenNobodyHolds(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		must(t, open(t, f, contest.Options{}).Wait(t.Context(), subject))
	})
}

func TestWaitEndsWithTheRelease(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b := open(t, f, contest.Options{}), open(t, fleettest.Sibling(t, f, 1), contest.Options{})
		for range 20 {
			g := wins(t, a, subject, "worker:1", time.Hour)
			done := make(chan error)
			go func() { done <- b.Wait(t.Context(), subject) }()
			must(t, wins(t, a, named("other"), "worker:1", time.Hour).Release())
			must(t, g.Release())
			must(t, <-done)
		}
	})
}

func TestWaitEndsWithTheLease(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		table := open(t, f, contest.Options{})
		g := wins(t, table, subject, "worker:1", 30*ms)
		must(t, table.Wait(t.Context(), subject))
		if now := fleet.Now(); now < g.Until {
			t.Errorf("it is %v, the lease is until %v", now, g.Until)
		}
	})
}

func TestWaitSeesARenewal(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		table := open(t, f, contest.Options{})
		g := wins(t, table, subject, "worker:1", 20*ms)
		done := make(chan error)
		go func() { done <- table.Wait(t.Context(), subject) }()
		until, err := g.Renew(80 * ms)
		must(t, err)
		must(t, <-done)
		if now := fleet.Now(); now < until {
			t.Errorf("it is %v, the lease is until %v", now, until)
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		table := open(t, f, contest.Options{})
		wins(t, table, subject, "worker:1", time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- table.Wait(ctx, subject) }()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if g, err := table.Acquire(ctx, subject, "worker:2", time.Hour); g.Won() || !errors.Is(err, context.Canceled) {
			t.Error(g, err)
		}
	})
}

func TestAcquireTakesTurns(t *testing.T) {
	fleettest.Each(t, 3, func(t *testing.T, f *fleet.Fleet) {
		const members, turns = 3, 30
		var inside, last atomic.Uint64
		done := make(chan error)
		for n := range members {
			m := f
			if n > 0 {
				m = fleettest.Sibling(t, f, n)
			}
			table := open(t, m, contest.Options{})
			go func() {
				for range turns {
					g, err := table.Acquire(t.Context(), subject, "worker", time.Hour)
					if err != nil {
						done <- err
						return
					}
					if n, before := inside.Add(1), last.Swap(g.Token); n != 1 || g.Token <= before {
						t.Errorf("%d inside, token %d after %d", n, g.Token, before)
					}
					inside.Add(^uint64(0))
					if err := g.Release(); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
		}
		for range members {
			must(t, <-done)
		}
	})
}
