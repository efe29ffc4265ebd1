package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	// floorTolerance is by how much the floors around a sample may differ.
	// Core pairs change their distance by factors of 2 to 4; what remains of
	// a floor's own noise is about a tenth.
	floorTolerance = 0.25
	// leastShare is the part of its wall time that a spinning thread must have
	// had its processor for.
	leastShare = 0.90
	// floorTime is how long one floor measurement takes, about.
	floorTime = 4 * time.Millisecond
	// floorTries is how often a floor that lost its processor is measured.
	floorTries = 4
	// leastRepeat is how short the repetition of a sample may get.
	leastRepeat = 10 * time.Millisecond
	// staleAfter is when a floor is too old to stand before the next sample.
	staleAfter = 20 * time.Millisecond
)

// A floorSample is one measurement of the cheapest exchange.
type floorSample struct {
	Nanos float64 // per message, or per round trip
	Count uint64
	Share float64
	at    time.Duration
}

// A Sample is one timed run of a row.
type Sample struct {
	Nanos    float64 // per message that every consumer got, or per round trip; the median latency
	Floors   [2]float64
	XFloor   float64  // Nanos over the mean of Floors
	P50, P99 float64  // of stamped round trips, ns; 0 in other modes
	PerSec   float64  // messages, or round trips
	Latency  *Latency // rate, wake: of all consumers
	Lag      *Latency // rate: how late messages went out
	Stalls   []Stall  // rate: that consumers were told to make
	Ops      uint64   // messages or round trips in the timed part
	Sent     uint64   // warm-up included, as in Counts
	Warm     uint64   // of which these were the warm-up
	Retried  uint64
	Allocs   uint64 // heap objects made in the timed part, all processes; rings only
	Counts   Counts
	Idle     [2]uint64 // looks in vain: of producers for credit, of consumers for a message
	Share    float64   // of the processor that the hot threads got; 1 where waiting sleeps
	Attempts int       // 1 + how often it was repeated for being unsteady
	Unsteady string    // why the figure is not to be trusted, "" if it is
	Fail     string    // why there is no figure, "" if there is one
}

// measure runs s once, without its floors.
func (c *crew) measure(ctx context.Context, s Spec) (Sample, error) {
	conduit, err := lay(s)
	if err != nil {
		return Sample{}, err
	}
	defer conduit.close()
	o := order{Spec: s, Warm: s.warm()}
	seats := c.seats(s.Topology)
	outcomes, err := c.run(ctx, o, seats, conduit)
	if err != nil {
		return Sample{}, err
	}
	if s.Mode.timed() {
		return c.digestTimed(s, seats, outcomes)
	}
	return digest(s, seats, outcomes)
}

// warm is how many messages each producer sends before the clock starts: two
// laps of a ring, so that every page of it is mapped in every process.
func (s Spec) warm() uint64 {
	switch {
	case s.Mode == Wake, s.Transport.blocking() && s.Mode == PingPong:
		return 20
	case s.Transport.IsRing():
		return min(2*s.Capacity, 1<<16)
	}
	return 1000
}

// errFail wraps what makes a sample worthless: wrong content or a wrong count.
var errFail = errors.New("FAIL")

// digest makes a sample of what the seats saw, and judges it.
func digest(s Spec, seats []seat, outcomes []outcome) (Sample, error) {
	var out Sample
	var first, last time.Duration
	var sent, missing uint64 // missing: the most that any one consumer lacks
	var laps []float64
	for i, o := range outcomes {
		out.Retried += o.Retried
		out.Allocs += o.Allocs
		side := 0
		if seats[i].Consumer {
			side = 1
		}
		out.Idle[side] += o.Idle
		if !seats[i].Consumer {
			sent += o.Sent
			if first == 0 || o.First < first {
				first = o.First
			}
		}
	}
	for i, o := range outcomes {
		if !seats[i].Consumer && s.Mode != PingPong {
			continue
		}
		if v := o.Counts.verdict(sent); v != "" {
			return out, fmt.Errorf("%w: %s", errFail, v)
		}
		missing = max(missing, o.Counts.Missing)
		out.Counts.add(o.Counts)
		laps = append(laps, o.Laps...)
		if seats[i].Consumer == (s.Mode != PingPong) {
			last = max(last, o.Last)
		}
	}
	warm := s.warm() * uint64(s.Topology.Producers)
	out.Sent, out.Warm = sent, warm
	if s.Mode == Lossy {
		missing = out.Counts.Missing / uint64(s.Topology.Consumers) // per delivered message, on average
	}
	if sent <= warm+missing || last <= first {
		return out, fmt.Errorf("%w: nothing was exchanged in the time", errFail)
	}
	out.Ops = sent - warm - missing
	out.Nanos = float64(last-first) / float64(out.Ops)
	out.PerSec = 1e9 / out.Nanos
	if len(laps) > 0 {
		slices.Sort(laps)
		out.P50, out.P99 = quantile(laps, 0.5), quantile(laps, 0.99)
	}
	out.Share = 1
	if !s.Transport.blocking() && !slices.ContainsFunc(seats, func(x seat) bool { return x.Crowded }) {
		out.Share = share(outcomes)
	}
	return out, nil
}

// bracket relates a sample to the floors around it, of whose time it is held
// against a part.
func (s *Sample) bracket(before, after floorSample, part float64) {
	s.Floors = [2]float64{before.Nanos * part, after.Nanos * part}
	s.XFloor = s.Nanos / ((s.Floors[0] + s.Floors[1]) / 2)
	switch {
	case apart(before.Nanos, after.Nanos) > floorTolerance:
		s.Unsteady = fmt.Sprintf("floor moved from %.4g to %.4g ns", before.Nanos, after.Nanos)
	case min(before.Share, after.Share) < leastShare:
		s.Unsteady = fmt.Sprintf("a floor had its processors for %.0f %% of the time", 100*min(before.Share, after.Share))
	case s.Share > 0 && s.Share < leastShare:
		s.Unsteady = fmt.Sprintf("a worker had its processor for %.0f %% of the time", 100*s.Share)
	}
}

// steadier says whether s is the better of two attempts at the same sample.
func (s Sample) steadier(o Sample) bool {
	if (s.Unsteady == "") != (o.Unsteady == "") {
		return s.Unsteady == ""
	}
	return apart(s.Floors[0], s.Floors[1])-s.Share < apart(o.Floors[0], o.Floors[1])-o.Share
}
