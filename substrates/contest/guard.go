package contest

import (
	"time"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
)

// Guard is a lease that was won. It is a value: any number of goroutines may use
// copies of it, while its Table may be used. The zero Guard is none.
type Guard struct {
	Subject Subject
	ID      netid64.ID    // of the claim, as Holder.ID
	Token   uint64        // the fencing token, for a Fence
	Until   time.Duration // when the lease is over unless it is renewed, by the table's clock

	table *Table
}

// Won says that there is a lease.
func (g Guard) Won() bool { return g.table != nil }

// Renew makes the lease last until ttl from now, or as long as it would have
// anyway if that is longer, and returns until when. One that is over cannot be
// renewed, even while nobody else has claimed its subject: ErrLost, claim again.
// Killed at any instant, it leaves the lease as it was or renewed. Errors beside
// it: ErrTTL, ErrCorrupt, fleet.ErrClosed. Nothing is allocated.
func (g Guard) Renew(ttl time.Duration) (until time.Duration, err error) {
	if err := checkLease("", ttl); err != nil {
		return 0, err
	}
	if g.table == nil {
		return 0, &LostError{}
	}
	t, k := g.table, g.table.keyOf(g.Subject)
	err = t.update(func(w *ring.Writer, hand handWord) error {
		m, now := &t.m, t.clock()
		for {
			i, err := g.find(m, &k, now)
			if err != nil {
				return err
			}
			if i < 0 || m.records[i].until() <= now {
				return g.lost(m, &k, now)
			}
			until = max(m.records[i].until(), after(now, ttl))
			if until == m.records[i].until() {
				return nil
			}
			m.records[i][wordUntil] = uint64(until)
			r := m.records[i]
			m.expire(now)
			var ok bool
			if hand, ok = t.commit(m, hand); ok {
				t.tell(w, Renewed, m.word.seq()+1, &r)
				return nil
			}
		}
	})
	return until, err
}

// Release ends the lease: the next claim wins. Nothing is changed if it is no
// longer there, whoever has the subject now: ErrLost. Errors beside it:
// ErrCorrupt, fleet.ErrClosed. Nothing is allocated.
func (g Guard) Release() error {
	if g.table == nil {
		return &LostError{}
	}
	t, k := g.table, g.table.keyOf(g.Subject)
	return t.update(func(w *ring.Writer, hand handWord) error {
		m, now := &t.m, t.clock()
		for {
			i, err := g.find(m, &k, now)
			if err != nil {
				return err
			}
			if i < 0 {
				return g.lost(m, &k, now)
			}
			r := m.records[i]
			m.remove(i)
			m.expire(now)
			var ok bool
			if hand, ok = t.commit(m, hand); ok {
				t.tell(w, Released, m.word.seq()+1, &r)
				return nil
			}
		}
	})
}

// find looks at the guard's row and returns its own record, or -1.
func (g Guard) find(m *image, k *key, now time.Duration) (int, error) {
	if err := g.table.look(m, k.row); err != nil {
		return -1, err
	}
	i := m.find(k)
	if i >= 0 && m.records[i][wordToken] != g.Token {
		i = -1
	}
	return i, nil
}

func (g Guard) lost(m *image, k *key, now time.Duration) error {
	e := &LostError{Subject: g.Subject, Token: g.Token}
	if i := m.find(k); i >= 0 && m.records[i].until() > now {
		e.Holder = m.records[i].holder()
	}
	return e
}
