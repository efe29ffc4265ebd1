package bench

import (
	"math"
	"slices"
	"testing"
	"time"
)

// exact is the latency of each of n messages that are due by a timetable and
// taken at once, but not while the consumer stalls, ns, sorted.
func exact(s schedule, n uint64, stalls []Stall) []float64 {
	all := make([]float64, n)
	for k := range n {
		due := s.due(k)
		for _, x := range stalls {
			if due >= x.From && due < x.To {
				all[k] = float64(x.To - due)
			}
		}
	}
	slices.Sort(all)
	return all
}

// ranked is the smallest value at or below which the share q lies, as HDR
// histograms tell it.
func ranked(sorted []float64, q float64) float64 {
	return sorted[max(int(math.Ceil(q*float64(len(sorted))))-1, 0)]
}

func TestExactLatenciesOfAStalledConsumer(t *testing.T) {
	// 100 ms once a second at 10 kHz: a tenth of all messages wait between 0 and
	// 100 ms, so the 99th percentile is 90 ms.
	s := Spec{Rate: 1e4, Burst: 1, Topology: pair}.schedule()
	var stalls []Stall
	for i := range int64(10) {
		from := i*1e9 + 5e8
		stalls = append(stalls, Stall{from, from + 1e8})
	}
	all := exact(s, s.count(10*time.Second), stalls)
	if n := len(all); n != 100_000 {
		t.Fatalf("%d messages in 10 s at 10 kHz", n)
	}
	for _, c := range []struct{ q, want float64 }{{0.5, 0}, {0.89, 0}, {0.95, 50e6}, {0.99, 90e6}, {1, 100e6}} {
		if got := ranked(all, c.q); math.Abs(got-c.want) > 0.2e6 {
			t.Errorf("quantile %v is %.0f ns, want %.0f", c.q, got, c.want)
		}
	}
}

// The whole way of a figure, without processes: the recorder that consumers use
// is handed the arrivals of a consumer that stalls, and the report is read.
func TestRecordedLatenciesAreTheExactOnes(t *testing.T) {
	for _, spec := range []Spec{
		{Rate: 1e4, Burst: 1, Topology: pair},
		{Rate: 1e4, Burst: 32, Topology: pair},
		{Rate: 1e5, Burst: 8, Idle: time.Millisecond, Topology: pair},
		{Rate: 3e4, Burst: 1, Topology: Topology{3, 1}},
	} {
		s := spec.schedule()
		n := s.count(4 * time.Second)
		stalls := []Stall{{1e9, 1.1e9}, {2e9, 2.1e9}, {3e9, 3.1e9}}
		const start, warm = 12345678, 100
		word := uint64(start)
		a := &arrivals{sched: s, warm: warm, starts: []*uint64{&word}, begun: make([]int64, 1), times: newLatency()}
		for k := range n {
			due := s.due(k)
			at := due
			for _, x := range stalls {
				if due >= x.From && due < x.To {
					at = x.To
				}
			}
			a.at(start+at, 0, warm+k)
		}
		a.at(start, 0, warm-1) // of the warm-up: not counted
		if a.times.Count() != int64(n) {
			t.Fatalf("%v: %d latencies of %d messages", spec, a.times.Count(), n)
		}
		all := exact(s, n, stalls)
		for _, q := range quantiles {
			got, want := a.times.Quantile(q.q), ranked(all, q.q)
			if math.Abs(got-want) > want/500+1 {
				t.Errorf("%v: %s is %.0f, want %.0f", spec, q.name, got, want)
			}
		}
	}
}

func TestMergedLatenciesSurviveTheWire(t *testing.T) {
	a, b := newLatency(), newLatency()
	for i := range int64(1000) {
		a.record(i * 1000)
		b.record(i*1000 + 500)
	}
	b.record(-7)
	text, err := b.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var c Latency
	if err := c.UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	a.merge(&c)
	a.merge(nil)
	if a.Count() != 2001 || a.least != -7 || math.Abs(a.Quantile(1)-999_500) > 1000 || math.Abs(a.Quantile(0.5)-500_000) > 1000 {
		t.Errorf("%d values, least %d, median %v, max %v", a.Count(), a.least, a.Quantile(0.5), a.Quantile(1))
	}
	if err := c.UnmarshalJSON([]byte(`{"hdr_v2":"rubbish"}`)); err == nil {
		t.Error("rubbish is a histogram")
	}
}

func TestScheduleKeepsItsRate(t *testing.T) {
	for _, c := range []struct {
		spec Spec
		each float64 // messages a second of one producer
	}{
		{Spec{Rate: 1e6, Burst: 1, Topology: pair}, 1e6},
		{Spec{Rate: 1e6, Burst: 100, Topology: pair}, 1e6},
		{Spec{Rate: 1e6, Burst: 100, Idle: 900 * time.Microsecond, Topology: pair}, 1e5},
		{Spec{Rate: 1e6, Burst: 1, Topology: Topology{4, 1}}, 2.5e5},
	} {
		s := c.spec.schedule()
		if got := s.perSecond(); math.Abs(got-c.each) > 1e-6*c.each {
			t.Errorf("%+v: %v a second", c.spec, got)
		}
		n := s.count(time.Second)
		if math.Abs(float64(n)-c.each) > float64(c.spec.Burst) {
			t.Errorf("%+v: %d messages in a second, want %v", c.spec, n, c.each)
		}
		if last := s.due(n - 1); last >= 1e9 || s.due(n) < 1e9-1 {
			t.Errorf("%+v: of %d messages the last is due at %d, the next at %d", c.spec, n, last, s.due(n))
		}
		if s.due(0) != 0 || s.due(c.spec.Burst-1) != 0 || s.due(c.spec.Burst) == 0 {
			t.Errorf("%+v: a burst is not due at once", c.spec)
		}
	}
}

func TestMissedRateIsAFailure(t *testing.T) {
	s := Spec{Rate: 1e4, Burst: 1, Topology: pair}.schedule()
	if v := s.missed(10_000, time.Second, 11*time.Millisecond); v != "" {
		t.Errorf("11 ms behind after a second: %s", v)
	}
	if v := s.missed(10_000, time.Second, 20*time.Millisecond); v == "" {
		t.Error("20 ms behind after a second is no failure")
	}
}
