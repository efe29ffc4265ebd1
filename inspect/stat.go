package inspect

import (
	"context"
	"time"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

// Stat is one ring in detail.
type Stat struct {
	Schema int  `json:"schema"`
	Live   bool `json:"live"` // false: a dump
	Segment
	Taken    *time.Time    `json:"taken,omitempty"` // of a dump
	Torn     int           `json:"torn_slots"`      // of a dump
	Interval time.Duration `json:"interval_ns"`     // that rates were measured over; 0: not measured

	Waiters bool   `json:"waiters"` // readers may be parked
	Fence   bool   `json:"fence"`   // publishers fence, because some reader cannot use membarrier
	Wakes   uint32 `json:"wakes"`   // times that a publisher woke readers, modulo 2^32

	Lanes []Lane `json:"lanes"`
	Nodes []Node `json:"nodes"` // that are alive or published during the interval
}

// Lane is one lane of a ring. The counts are of its newest slots, at most
// Capacity and at most maxScan; what the writers do meanwhile can blur them.
type Lane struct {
	Lane      int      `json:"lane"`
	Head      uint64   `json:"head"`
	Floor     uint64   `json:"floor"`
	Oldest    uint64   `json:"oldest"` // the first position that can still be read
	Rate      float64  `json:"rate"`   // positions a second; a shared ring's holes included
	Scanned   uint64   `json:"scanned"`
	Committed uint64   `json:"committed"`
	Holes     uint64   `json:"holes"`
	Stalled   uint64   `json:"stalled"` // holes with an earlier writer still inside the slot
	Writing   uint64   `json:"writing"`
	Other     uint64   `json:"other"`  // never written, or not what head says
	Inside    []Inside `json:"inside"` // writers inside slots, the newest first, at most maxInside
	Newest    *Frame   `json:"newest,omitempty"`
}

// Inside is a writer that is inside a slot. One that is dead has left it behind:
// the next writer who comes around takes the slot over.
type Inside struct {
	Position uint64 `json:"position"`
	State    string `json:"state"`
	Node     uint16 `json:"node"`
	Alive    bool   `json:"alive"`
}

// Node is a member's share.
type Node struct {
	Node  uint16  `json:"node"`
	Alive bool    `json:"alive"`
	Rate  float64 `json:"rate"` // frames a second; in a shared ring by the slots that are still there
}

const (
	maxScan   = 1 << 16 // slots of a lane: each look takes a line from a writer that is there
	maxInside = 16
	newestCut = 64 // bytes of the newest frame's payload
)

// Stat looks at a ring for an interval (0: once, without rates). It returns
// early, with the rates so far, when ctx ends.
func (s *Source) Stat(ctx context.Context, interval time.Duration) (Stat, error) {
	st := Stat{Schema: Schema, Live: s.Live(), Segment: segment(s.entry), Torn: s.dump.Torn, Nodes: []Node{}}
	st.ask(s)
	if !s.Live() {
		interval = 0
		if s.dump.Version != 0 {
			st.Taken = &s.dump.Taken
			st.Mode = s.dump.Mode
		}
	}
	before, err := s.heads()
	if err != nil {
		return st, err
	}
	start := time.Now()
	if interval > 0 {
		pause(ctx, interval)
	}
	after, err := s.heads()
	if err != nil {
		return st, err
	}
	if interval > 0 {
		st.Interval = time.Since(start)
	}
	err = s.look(func() error {
		w := s.ring.WaitState()
		st.Waiters, st.Fence, st.Wakes = w.Waiters, w.Fence, w.Wakes
		return nil
	})
	for lane := range after {
		if err == nil {
			var l Lane
			l, err = s.lane(lane)
			l.Rate = rate(before[lane], after[lane], st.Interval)
			st.Lanes = append(st.Lanes, l)
		}
	}
	if err != nil {
		return st, err
	}
	st.Nodes, err = s.shares(st.Segment.Nodes, before, after, st.Interval)
	return st, err
}

func rate(from, to uint64, over time.Duration) float64 {
	if over <= 0 || to < from {
		return 0
	}
	return float64(to-from) / over.Seconds()
}

// lane looks at one lane.
func (s *Source) lane(lane int) (Lane, error) {
	l := Lane{Lane: lane, Inside: []Inside{}}
	capacity := s.Identity().Geometry.Capacity
	g := s.Identity().Geometry
	err := s.look(func() error {
		l.Head, l.Floor = s.ring.Head(lane), s.ring.Floor(lane)
		l.Oldest = l.Head - min(l.Head, capacity)
		if l.Floor <= l.Head {
			l.Oldest = max(l.Oldest, l.Floor)
		}
		// A little past head: what is committed and not counted yet, or in flight.
		for p := l.Head + 1; p > 0 && l.Scanned < min(capacity, maxScan); p-- {
			l.Scanned++
			l.count(s, p-1, s.ring.Word(lane, p-1), g.Lap(p-1))
		}
		return nil
	})
	if err != nil {
		return l, err
	}
	f := s.ring.NewFrame()
	if ok, err := s.newest(lane, &f); err != nil {
		return l, err
	} else if ok {
		end := l.Head + capacity // committed frames can stand past head
		l.Newest = s.frame(&f, end-(end-f.ID.Counter())&netid64.CounterMask, newestCut)
	}
	return l, nil
}

// count sorts the word of a position.
func (l *Lane) count(s *Source, p uint64, w layout.Word, lap uint64) {
	if w.Lap() != lap {
		if p != l.Head || w.Lap() > lap { // the slot at head is of the lap before
			l.Other++
		} else {
			l.Scanned--
		}
		return
	}
	switch w.State() {
	case layout.Committed:
		l.Committed++
		return
	case layout.Hole:
		l.Holes++
		return
	case layout.Stalled:
		l.Stalled++
	case layout.Writing:
		l.Writing++
	}
	if len(l.Inside) < maxInside {
		alive, err := s.region.Alive(w.Node())
		l.Inside = append(l.Inside, Inside{Position: p, State: w.State().String(), Node: w.Node(), Alive: alive || err != nil})
	}
}

// shares says who published what between two readings of the heads, and who is
// alive.
func (s *Source) shares(alive []uint16, before, after []uint64, over time.Duration) ([]Node, error) {
	rates := map[uint16]float64{}
	lives := map[uint16]bool{}
	for _, n := range alive {
		rates[n], lives[n] = 0, true
	}
	g := s.Identity().Geometry
	if g.Topology == layout.Lane {
		for lane := range after {
			if r := rate(before[lane], after[lane], over); r > 0 {
				rates[uint16(lane)] = r
			}
		}
		return nodes(rates, lives), nil
	}
	counts, seen := map[uint16]uint64{}, uint64(0)
	moved := after[0] - min(before[0], after[0])
	err := s.look(func() error {
		for p := after[0]; p > before[0] && after[0]-p < min(g.Capacity, maxScan); p-- {
			seen++
			if w := s.ring.Word(0, p-1); w.Lap() == g.Lap(p-1) && w.State() == layout.Committed {
				counts[w.Node()]++
			}
		}
		return nil
	})
	for n, count := range counts {
		rates[n] = rate(0, moved, over) * float64(count) / float64(seen)
	}
	return nodes(rates, lives), err
}

// nodes lists them in order.
func nodes(rates map[uint16]float64, alive map[uint16]bool) []Node {
	all := []Node{}
	for n := range uint32(layout.MaxNodes) {
		if r, ok := rates[uint16(n)]; ok {
			all = append(all, Node{Node: uint16(n), Alive: alive[uint16(n)], Rate: r})
		}
	}
	return all
}

var _ ring.Region = memory{}
