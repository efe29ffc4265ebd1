package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latency is a distribution of times in ns: an HDR histogram of three digits up
// to an hour. One goroutine at a time may record into it.
type Latency struct {
	hist  *hdrhistogram.Histogram
	least int64 // exact, and negative where two clocks disagree
}

const (
	latencyMost   = int64(time.Hour)
	latencyDigits = 3
)

func newLatency() *Latency {
	return &Latency{hdrhistogram.New(1, latencyMost, latencyDigits), math.MaxInt64}
}

// record enters one time. What is negative or longer than an hour counts as the
// nearest that can be told; least keeps the truth about the former.
func (l *Latency) record(ns int64) {
	l.least = min(l.least, ns)
	l.hist.RecordValue(min(max(ns, 0), latencyMost))
}

// merge adds what o holds.
func (l *Latency) merge(o *Latency) {
	if o == nil {
		return
	}
	l.least = min(l.least, o.least)
	l.hist.Merge(o.hist)
}

// Count is how many times were recorded.
func (l *Latency) Count() int64 { return l.hist.TotalCount() }

// Quantile returns the time, ns, below or at which the share q of all lie:
// 0.5 is the median, 1 the maximum.
func (l *Latency) Quantile(q float64) float64 {
	return float64(l.hist.ValueAtPercentile(100 * q))
}

// Mean returns the mean, ns.
func (l *Latency) Mean() float64 { return l.hist.Mean() }

// WritePercentiles writes the .hgrm text that HdrHistogram's plotters read, in
// microseconds as they expect.
func (l *Latency) WritePercentiles(w io.Writer) error {
	_, err := l.hist.PercentilesPrint(w, 5, 1000)
	return err
}

// quantiles are those that are told everywhere, with their names in units.
var quantiles = []struct {
	name string
	q    float64
}{{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"max", 1}}

type latencyWire struct {
	Histogram string `json:"hdr_v2"` // compressed, base64
	Least     int64  `json:"least_ns"`
}

// MarshalJSON writes the histogram in HdrHistogram's own compressed form.
func (l *Latency) MarshalJSON() ([]byte, error) {
	b, err := l.hist.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return nil, err
	}
	return json.Marshal(latencyWire{string(b), l.least})
}

// UnmarshalJSON reads that form.
func (l *Latency) UnmarshalJSON(b []byte) error {
	var w latencyWire
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	h, err := hdrhistogram.Decode([]byte(w.Histogram))
	if err != nil {
		return fmt.Errorf("histogram: %w", err)
	}
	*l = Latency{h, w.Least}
	return nil
}

// An arrivals recorder turns the moment at which a message arrives into its
// latency: from when it was meant to be sent.
type arrivals struct {
	clock  stamper
	sched  schedule
	warm   uint64    // messages before the timed part
	starts []*uint64 // by producer, in the page: when its first message is due
	begun  []int64   // the same, once known
	last   int64     // the latest stamp
	times  *Latency
}

// at enters message seq of a producer, arrived now.
func (a *arrivals) at(now int64, producer int, seq uint64) {
	if seq < a.warm {
		return
	}
	if a.begun[producer] == 0 {
		a.begun[producer] = int64(atomic.LoadUint64(a.starts[producer])) // stored before the message was sent
	}
	a.times.record(now - a.begun[producer] - a.sched.due(seq-a.warm))
}
