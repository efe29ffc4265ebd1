package contest

import (
	"math"
	"time"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
)

// Subject is what members compete for. Different labels do not compete, nor do
// equal labels of different kinds.
type Subject struct {
	Kind  uint8  // the program's own sort of subject
	Label string // which one, 1 to MaxLabel bytes
}

// Claim asks for a lease of ttl on a subject, on behalf of an owner, whose label
// is for the others to see. If the subject is free, or its lease is over, the
// Guard is the lease: Guard.Won says so. Otherwise the claim yields: the holder
// is returned, nothing is left behind, and nobody is blocked by it later. A
// member that claims what it holds yields to itself.
//
// It never waits for anybody. Errors: ErrSubject, ErrOwner, ErrTTL, ErrFull if the
// table has no seat left (nobody is evicted), ErrSpent, ErrCorrupt,
// fleet.ErrClosed; then nothing has changed. Nothing is allocated.
func (t *Table) Claim(s Subject, owner string, ttl time.Duration) (g Guard, holder Holder, err error) {
	if err := s.check(); err != nil {
		return g, holder, err
	}
	if err := checkLease(owner, ttl); err != nil {
		return g, holder, err
	}
	k := t.keyOf(s)
	err = t.update(func(w *ring.Writer, hand handWord) (err error) {
		g, holder, err = t.claim(w, hand, s, &k, owner, ttl)
		return err
	})
	return g, holder, err
}

func (t *Table) claim(w *ring.Writer, hand handWord, s Subject, k *key, owner string, ttl time.Duration) (g Guard, holder Holder, err error) {
	m, now := &t.m, t.clock()
	var id netid64.ID
	for {
		if err := t.look(m, k.row); err != nil {
			return g, holder, err
		}
		if i := m.find(k); i >= 0 && m.records[i].until() > now {
			return g, m.records[i].holder(), nil
		}
		m.expire(now)
		if m.n >= t.area.seats {
			return g, holder, &FullError{Subject: s, Seats: t.Seats(), Row: m.n}
		}
		if id == 0 {
			if id, err = t.family.NextID(); err != nil {
				return g, holder, err
			}
		}
		// Not before the row was looked at: whoever got in between has a smaller
		// token, and makes the commit fail.
		token, err := t.takeToken()
		if err != nil {
			return g, holder, err
		}
		r := &m.records[m.n]
		m.n++
		r.set(k, owner, id, token, after(now, ttl))
		var ok bool
		if hand, ok = t.commit(m, hand); ok {
			t.tell(w, Claimed, m.word.seq()+1, r)
			return Guard{Subject: s, ID: id, Token: token, Until: r.until(), table: t}, holder, nil
		}
	}
}

// after is now+ttl, or the end of time.
func after(now, ttl time.Duration) time.Duration {
	if until := now + ttl; until >= now {
		return until
	}
	return math.MaxInt64
}
