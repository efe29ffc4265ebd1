package contest_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/contest"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

// benchTable opens the table of a fleet in shared memory, with live leases in it.
func benchTable(b *testing.B, live int) *contest.Table {
	f := fleettest.Shared(b, fleettest.Name(b), 4, 0)
	t := open(b, f, contest.Options{Subjects: 16384})
	for i := range live {
		wins(b, t, named(fmt.Sprint("live ", i)), "worker:1", time.Hour)
	}
	return t
}

// BenchmarkClaim is what it costs to claim a free subject and to release it, and
// the yardstick of the same run, a locked add.
func BenchmarkClaim(b *testing.B) {
	b.Run("way=lockedadd", func(b *testing.B) {
		var n atomic.Uint64
		for b.Loop() {
			n.Add(1)
		}
	})
	for _, live := range []int{0, 100, 10000} {
		t := benchTable(b, live)
		b.Run(fmt.Sprint("way=claim+release/live=", live), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g, _, err := t.Claim(subject, "worker:1", time.Hour)
				if err != nil || !g.Won() || g.Release() != nil {
					b.Fatal(err)
				}
			}
		})
		// A thousand subjects in turn: their rows hold more or fewer others.
		subjects := make([]contest.Subject, 1000)
		for i := range subjects {
			subjects[i] = named(fmt.Sprint("subject ", i))
		}
		b.Run(fmt.Sprint("way=claim+release of 1000/live=", live), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				g, _, err := t.Claim(subjects[i%1000], "worker:1", time.Hour)
				if err != nil || !g.Won() || g.Release() != nil {
					b.Fatal(err)
				}
			}
		})
	}
	t := benchTable(b, 100)
	g := wins(b, t, subject, "worker:1", time.Hour)
	b.Run("way=renew", func(b *testing.B) {
		b.ReportAllocs()
		ttl := 2 * time.Hour
		for b.Loop() {
			ttl += time.Hour
			if _, err := g.Renew(ttl); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("way=yield", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if g, _, err := t.Claim(subject, "worker:2", time.Hour); err != nil || g.Won() {
				b.Fatal(err)
			}
		}
	})
	b.Run("way=holder", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, held, err := t.Holder(subject); err != nil || !held {
				b.Fatal(err)
			}
		}
	})
	b.Run("way=watch", func(b *testing.B) {
		b.ReportAllocs()
		var to contest.Transition
		w, err := t.Watch(ring.Oldest)
		must(b, err)
		for b.Loop() {
			ok, err := w.Next(&to)
			if ok && err == nil {
				continue
			}
			b.StopTimer()
			must(b, err)
			must(b, w.Close())
			w, err = t.Watch(ring.Oldest)
			must(b, err)
			b.StartTimer()
		}
		must(b, w.Close())
	})
	b.Run("way=clock", func(b *testing.B) {
		for b.Loop() {
			fleet.Now()
		}
	})
}
