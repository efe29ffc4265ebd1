package contest_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/contest"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestAWatcherIsToldEveryChangeInOrder(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, c := two(t, f, contest.Options{})
		w, err := b.Watch(ring.Now)
		must(t, err)
		defer w.Close()
		g := wins(t, a, subject, "worker:1", 5*ms)
		yields(t, b, subject, g, "worker:1")
		c.set(1003)
		_, err = g.Renew(5 * ms)
		must(t, err)
		must(t, g.Release())
		h := wins(t, b, named("other"), "worker:2", 5*ms)
		want := []struct {
			change contest.Change
			g      contest.Guard
			owner  string
			until  time.Duration
		}{
			{contest.Claimed, g, "worker:1", 1005 * ms}, {contest.Renewed, g, "worker:1", 1008 * ms},
			{contest.Released, g, "worker:1", 1008 * ms}, {contest.Claimed, h, "worker:2", 1008 * ms},
		}
		must(t, w.Wait(t.Context()))
		i := 0
		seq := map[contest.Subject]uint64{}
		for got := range w.Transitions(0) {
			s := got.Subject()
			if i >= len(want) || got.Change != want[i].change || s != want[i].g.Subject || got.Token != want[i].g.Token ||
				got.ID != want[i].g.ID || got.Owner() != want[i].owner || got.Until != want[i].until || got.At.Counter() != uint64(i) {
				t.Errorf("transition %d is %v %+v", i, got.Change, got)
			}
			if got.Seq <= seq[s] {
				t.Errorf("%v of %v has the number %d after %d", got.Change, s, got.Seq, seq[s])
			}
			seq[s] = got.Seq
			i++
		}
		if i != len(want) || w.Loss().Total() != 0 || a.Untold() != 0 {
			t.Errorf("%d transitions, lost %+v, untold %d", i, w.Loss(), a.Untold())
		}
	})
}

func TestAWatcherThatFallsBehindIsToldWhatItLost(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		table := open(t, f, contest.Options{Capacity: 4})
		w, err := table.Watch(ring.Oldest)
		must(t, err)
		defer w.Close()
		for range 5 {
			must(t, wins(t, table, subject, "worker:1", time.Hour).Release())
		}
		n := 0
		for got := range w.Transitions(3) {
			n++
			if got.Change != contest.Claimed && got.Change != contest.Released {
				t.Errorf("%v", got.Change)
			}
		}
		if n != 3 || w.Loss() != (ring.Loss{Overwritten: 6}) {
			t.Errorf("%d transitions, lost %+v", n, w.Loss())
		}
	})
}

func TestFramesThatAreNoTransitionsArePassed(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		table := open(t, f, contest.Options{})
		w, err := table.Watch(ring.Oldest)
		must(t, err)
		defer w.Close()
		must(t, contest.PublishBytes(table, 1, []byte("no transition")))
		must(t, contest.PublishBytes(table, 0, make([]byte, 128)))
		must(t, contest.PublishBytes(table, 99, make([]byte, 128)))
		g := wins(t, table, subject, "worker:1", time.Hour)
		var got contest.Transition
		if ok, err := w.Next(&got); !ok || err != nil || got.Token != g.Token {
			t.Errorf("%v %v %+v", ok, err, got)
		}
		if ok, err := w.Next(&got); ok || err != nil {
			t.Errorf("more: %v", err)
		}
	})
}

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
