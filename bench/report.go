package bench

import (
	"fmt"
	"time"
)

// A Report is everything that a run found out.
type Report struct {
	Suite       string
	Count       int // samples asked for, of each row
	Host        Host
	Clock       Clock
	Pinned      bool
	CPUs        []int  // that hot threads ran on
	Seats       []seat // who ran where in the largest topology
	Began       time.Time
	Elapsed     time.Duration
	Interrupted bool
	Repeats     int             // samples repeated for being unsteady
	Harness     map[int]float64 // by payload: ns to make and check a message
	Overhead    []Overhead      // where it was asked for
	Kernel      string          // of the rings: ring.Kernel in the workers
	Floors      []FloorSpread
	Rows        []Row
}

// FloorSpread is how one floor came out over the whole run, ns.
type FloorSpread struct {
	Name string
	Mode Mode
	Spread
}

// A Row is one line of the table: the medians of its samples. If some were
// steady, the medians are of those alone.
type Row struct {
	Spec     Spec
	Samples  []Sample
	Nanos    float64
	XFloor   float64
	PerSec   float64 // messages, or round trips
	GBPerSec float64 // payload bytes in one direction, 10^9
	P50, P99 float64
	Latency  *Latency // rate, wake: of all samples; nil in other modes
	Lag      *Latency // rate: how late messages went out
	Counts   Counts   // sums
	Sent     uint64
	Warm     uint64  // part of Sent
	Ratio    float64 // delivered per message and consumer
	Marks    []string
	Fail     string
}

// Failed says whether any row has no figure because of wrong content or counts.
func (r *Report) Failed() bool {
	for _, row := range r.Rows {
		if row.Fail != "" {
			return true
		}
	}
	return false
}

func (r *Report) finish(specs []Spec, samples [][]Sample, floors map[floorKind][]floorSample) {
	for i, s := range specs {
		if i < len(samples) && len(samples[i]) > 0 {
			r.Rows = append(r.Rows, newRow(s, samples[i], r.CPUs))
		}
	}
	r.Floors = spreads(floors)
}

func newRow(s Spec, samples []Sample, cpus []int) Row {
	row := Row{Spec: s, Samples: samples}
	var steady, all []Sample
	for _, x := range samples {
		if x.Fail != "" {
			row.Fail = x.Fail
			return row
		}
		all = append(all, x)
		if x.Unsteady == "" {
			steady = append(steady, x)
		}
		row.Counts.add(x.Counts)
		row.Sent += x.Sent
		row.Warm += x.Warm
	}
	if n := len(all) - len(steady); n > 0 {
		row.Marks = append(row.Marks, fmt.Sprintf("unsteady %d/%d", n, len(all)))
	}
	if len(steady) == 0 {
		steady = all
	}
	of := func(f func(Sample) float64) float64 {
		xs := make([]float64, len(steady))
		for i, x := range steady {
			xs[i] = f(x)
		}
		return median(xs)
	}
	row.Nanos = of(func(x Sample) float64 { return x.Nanos })
	row.XFloor = of(func(x Sample) float64 { return x.XFloor })
	row.PerSec = of(func(x Sample) float64 { return x.PerSec })
	if s.Mode.timed() && s.Transport != Floor {
		row.Latency, row.Lag = newLatency(), newLatency()
		for _, x := range steady {
			row.Latency.merge(x.Latency)
			row.Lag.merge(x.Lag)
		}
	}
	if s.Mode == PingPong {
		row.P50 = of(func(x Sample) float64 { return x.P50 })
		row.P99 = of(func(x Sample) float64 { return x.P99 })
	} else {
		row.GBPerSec = row.PerSec * float64(s.Payload) / 1e9
	}
	row.Ratio = deliveredRatio(s, row.Counts, row.Sent, row.Warm)
	switch {
	case row.Counts.Missing > 0 && (s.Mode == Lossy || s.Mode == Rate):
		row.Marks = append(row.Marks, fmt.Sprintf("lost %.3g %%", 100*(1-row.Ratio)))
	case row.Counts.Missing > 0:
		row.Marks = append(row.Marks, "lost frames")
	}
	if s.Transport != Floor && len(cpus) > 0 && s.parties() > len(cpus) {
		row.Marks = append(row.Marks, "oversubscribed")
	}
	return row
}

// deliveredRatio is how much of what was sent each consumer got, on average, the
// warm-up left out.
func deliveredRatio(s Spec, c Counts, sent, warm uint64) float64 {
	receivers := uint64(s.Topology.Consumers)
	if s.Mode == PingPong && s.Transport != Floor {
		receivers = 2 // both sides receive as many as were sent
	}
	if sent <= warm || c.Delivered <= warm*receivers {
		return 0
	}
	return float64(c.Delivered-warm*receivers) / float64(sent-warm) / float64(receivers)
}
