package contest

import (
	"context"
	"time"

	"github.com/orbitring/orbit/ring"
)

// slice bounds how long a waiter trusts that it would be told: a change whose
// author died before it told is found so much later.
const slice = 100 * time.Millisecond

// Wait returns nil as soon as nobody holds the subject, ctx.Err() when ctx ends
// first. Somebody else may have it again by the time that Wait returns. Errors
// beside it are those of Holder and Watch.
func (t *Table) Wait(ctx context.Context, s Subject) error {
	return t.await(ctx, s, func() (bool, time.Duration, error) {
		h, held, err := t.Holder(s)
		return !held, h.Until, err
	})
}

// Acquire claims a subject as soon as it is free: Claim and Wait, until ctx ends.
func (t *Table) Acquire(ctx context.Context, s Subject, owner string, ttl time.Duration) (g Guard, err error) {
	err = t.await(ctx, s, func() (bool, time.Duration, error) {
		var h Holder
		var err error
		g, h, err = t.Claim(s, owner, ttl)
		return g.Won(), h.Until, err
	})
	return g, err
}

// await calls try until it is done, at every transition, when the lease that it
// names is over, and otherwise once a slice.
func (t *Table) await(ctx context.Context, s Subject, try func() (done bool, until time.Duration, err error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w, err := t.Watch(ring.Now) // before the first look: what follows it is told
	if err != nil {
		return err
	}
	defer w.Close()
	for {
		done, until, err := try()
		if done || err != nil {
			return err
		}
		nap, cancel := context.WithTimeout(ctx, min(slice, max(until-t.clock(), time.Microsecond)))
		w.passOthers(nap, s)
		cancel()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// passOthers waits for a transition of s that ends a lease, or the end of nap.
func (w *Watcher) passOthers(nap context.Context, s Subject) {
	for w.Wait(nap) == nil {
		for ok, _ := w.Next(&w.each); ok; ok, _ = w.Next(&w.each) {
			h := &w.each.Holder
			if w.each.Change == Released && h.kind == s.Kind && string(h.label[:h.labelSize]) == s.Label {
				return
			}
		}
	}
}
