package bench

import (
	"context"
	"slices"
)

// Overhead is what making and checking messages adds to a stream: the same row,
// one producer and one consumer over a lane, with whole messages and with bare
// ones in turn. Of a bare message the first word, which says its number, is made
// and checked, and nothing else; a program that uses what it gets has to do as
// much.
type Overhead struct {
	Payload int     `json:"payload"`
	Full    float64 `json:"full_ns"`
	Bare    float64 `json:"bare_ns"`
	Share   float64 `json:"share"` // median over the pairs of (full - bare) / full, over their floors
	Alone   float64 `json:"alone_ns"`
	Pairs   int     `json:"pairs"`
}

// overheadPairs is how many pairs are taken of each payload.
const overheadPairs = 15

// overhead measures it for every payload that the plan streams over a ring.
func (r *runner) overhead(ctx context.Context) ([]Overhead, error) {
	alone := harnessCost(r.plan.Rows)
	var all []Overhead
	for _, s := range r.plan.Rows {
		if s.Mode != Stream || !s.Transport.IsRing() || s.Payload%8 != 0 ||
			slices.ContainsFunc(all, func(o Overhead) bool { return o.Payload == s.Payload }) {
			continue
		}
		s.Topology, s.Transport, s.Wait = pair, Lane, Looks
		o := Overhead{Payload: s.Payload, Alone: alone[s.Payload], Pairs: overheadPairs}
		var full, bare, share []float64
		for range overheadPairs {
			f, err := r.sample(ctx, s)
			if err != nil {
				return nil, err
			}
			s.Bare = true
			b, err := r.sample(ctx, s)
			s.Bare = false
			if err != nil {
				return nil, err
			}
			if f.Fail != "" || b.Fail != "" {
				continue
			}
			full, bare = append(full, f.Nanos), append(bare, b.Nanos)
			share = append(share, 1-b.XFloor/f.XFloor)
		}
		o.Full, o.Bare, o.Share, o.Pairs = median(full), median(bare), median(share), len(share)
		if o.Pairs > 0 {
			all = append(all, o)
		}
	}
	return all, nil
}
