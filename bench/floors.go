package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// A floorKind is one of the cheapest exchanges that figures are held against.
type floorKind struct {
	mode     Mode // Stream, PingPong or Wake
	topology Topology
	variant  floorVariant
}

// A floorVariant is a floor that no row is held against: it is measured for the
// facts.
type floorVariant string

const (
	// overOneWord is the ping-pong over one word that both write.
	overOneWord floorVariant = "over one word"
	// ofBareFrames is the stream of all the stores and loads that a frame of one
	// line takes, 32 bytes of payload in it, and nothing else: what a ring could
	// reach whose publish and poll cost nothing.
	ofBareFrames floorVariant = "of bare frames"
)

var pair = Topology{1, 1}

func (k floorKind) String() string {
	switch {
	case k.variant != "":
		return string(k.mode) + " " + string(k.variant)
	case k.mode == Wake:
		return "wake (bare futex)"
	case k.topology != pair:
		return fmt.Sprintf("%s %v", k.mode, k.topology)
	}
	return string(k.mode)
}

// track is which words of the floors' memory it uses.
func (k floorKind) track() floorTrack {
	if k.mode != Stream && k.variant == "" {
		return floorTrack{PingPong, ""} // wake answers over a word of the ping-pong
	}
	return floorTrack{k.mode, k.variant}
}

// floorOf is the floor of a row: a stream's has as many processes as the row, if
// they have a processor each, else floors are the scheduler's figures. part is
// how much of the floor's time a message of the row is held against: one way of
// a round trip in mode rate.
func floorOf(s Spec, seats []seat) (k floorKind, part float64) {
	switch s.Mode {
	case PingPong:
		return floorKind{mode: PingPong, topology: pair}, 1
	case Rate:
		return floorKind{mode: PingPong, topology: pair}, 0.5
	case Wake:
		return floorKind{mode: Wake, topology: pair}, 1
	}
	k = floorKind{mode: Stream, topology: s.Topology}
	if slices.ContainsFunc(seats, func(x seat) bool { return x.Crowded }) {
		k.topology = pair
	}
	return k, 1
}

const (
	// wakesAFloor is how many wake-ups one floor of wake takes: some 10 ms.
	wakesAFloor = 32
	// apartTrips is how many round trips bound the difference of two clocks.
	apartTrips = 2000
)

// measureFloor runs n operations of the cheapest exchange and returns the time of
// one, in ns: the median of wake-ups, the mean of others.
func (c *crew) measureFloor(ctx context.Context, k floorKind, n uint64) (floorSample, error) {
	if k.mode == Wake {
		n = wakesAFloor
	} else {
		n = (n + floorEvery - 1) / floorEvery * floorEvery
	}
	seats := c.seats(k.topology)
	outcomes, err := c.exchange(ctx, k.mode, k.track(), k.topology, seats, n)
	if err != nil {
		return floorSample{}, fmt.Errorf("floor: %w", err)
	}
	f := floorSample{Count: n * uint64(k.topology.Producers), Share: 1}
	if !slices.ContainsFunc(seats, func(x seat) bool { return x.Crowded }) && k.mode != Wake {
		f.Share = share(outcomes)
	}
	first, last := outcomes[0].First, outcomes[0].Last // ping-pong: the last return
	for i, o := range outcomes {
		switch {
		case !seats[i].Consumer:
			first = min(first, o.First)
		case k.mode == Wake:
			f.Nanos = o.Latency.Quantile(0.5)
		case k.mode == Stream:
			last = max(last, o.Last)
		}
	}
	if k.mode != Wake {
		f.Nanos = float64(last-first) / float64(f.Count)
	}
	if f.Nanos <= 0 {
		return f, errors.New("floor: it took no time")
	}
	return f, nil
}

// exchange lets seats exchange n numbers in the floors' memory.
func (c *crew) exchange(ctx context.Context, mode Mode, track floorTrack, t Topology, seats []seat, n uint64) ([]outcome, error) {
	from := c.floorAt[track]
	o := order{
		Spec: Spec{Mode: mode, Transport: Floor, Topology: t},
		From: from, To: from + n, Variant: track.variant,
	}
	outcomes, err := c.run(ctx, o, seats, &conduit{})
	if err == nil {
		c.floorAt[track] = from + n
	}
	return outcomes, err
}

// measureApart bounds how far the clocks of the workers can be apart, over pairs
// of a producer and a consumer that have a processor each. Zero: none has.
func (c *crew) measureApart(ctx context.Context, t Topology) (float64, error) {
	most := int64(0)
	for i := range max(t.Producers, t.Consumers) {
		all := c.seats(t)
		p := all[min(i, t.Producers-1)]
		q := all[t.Producers+min(i, t.Consumers-1)]
		if p.CPU == q.CPU && p.CPU >= 0 || p.Crowded && p.CPU < 0 {
			continue
		}
		outcomes, err := c.exchange(ctx, apartMode, floorTrack{PingPong, ""}, pair, []seat{p, q}, apartTrips)
		if err != nil {
			return 0, fmt.Errorf("compare clocks: %w", err)
		}
		for _, bound := range outcomes[0].Apart {
			most = max(most, bound, -bound)
		}
	}
	return float64(most), nil
}

// spreads tells the floors in a fixed order.
func spreads(floors map[floorKind][]floorSample) []FloorSpread {
	var kinds []floorKind
	for k := range floors {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b floorKind) int {
		return cmp.Or(
			cmp.Compare(slices.Index(Modes, a.mode), slices.Index(Modes, b.mode)),
			cmp.Compare(a.String(), b.String()))
	})
	var all []FloorSpread
	for _, k := range kinds {
		var ns []float64
		for _, x := range floors[k] {
			ns = append(ns, x.Nanos)
		}
		if len(ns) > 0 {
			all = append(all, FloorSpread{k.String(), k.mode, spread(ns)})
		}
	}
	return all
}
