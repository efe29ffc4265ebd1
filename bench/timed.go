package bench

import (
	"fmt"
	"slices"
	"time"
)

// A missed error is a failure that the host may have caused by taking a processor
// away: it is repeated, as unsteady samples are, before it counts.
type missed string

func (m missed) Error() string { return string(m) }

// digestTimed makes a sample of what the seats of a mode with latencies saw. Its
// figure is the median latency over all consumers.
func (c *crew) digestTimed(s Spec, seats []seat, outcomes []outcome) (Sample, error) {
	out := Sample{Latency: newLatency(), Lag: newLatency(), Share: 1, Warm: s.warm() * uint64(s.Topology.Producers)}
	var sent uint64
	var first, last time.Duration
	for i, o := range outcomes {
		if seats[i].Consumer {
			continue
		}
		sent += o.Sent
		out.Retried += o.Retried
		out.Lag.merge(o.Lag)
		if first == 0 || o.First < first {
			first = o.First
		}
		last = max(last, o.Last)
	}
	out.Sent = sent
	for i, o := range outcomes {
		if !seats[i].Consumer {
			continue
		}
		if v := o.Counts.verdict(sent); v != "" {
			return out, fmt.Errorf("%w: %s", errFail, v)
		}
		out.Counts.add(o.Counts)
		out.Latency.merge(o.Latency)
		out.Stalls = append(out.Stalls, o.Stalls...)
		if want := o.Counts.Delivered - out.Warm; o.Counts.Delivered < out.Warm || uint64(o.Latency.Count()) > want {
			return out, fmt.Errorf("%w: %d latencies of %d messages", errFail, o.Latency.Count(), want)
		}
	}
	if last <= first || out.Latency.Count() == 0 {
		return out, fmt.Errorf("%w: nothing was exchanged in the time", errFail)
	}
	if out.Latency.least < -int64(c.clock.Apart) {
		return out, fmt.Errorf("%w: a message arrived %d ns before it was to be sent, and the clocks are within %.0f ns of each other",
			errFail, -out.Latency.least, c.clock.Apart)
	}
	out.Ops = uint64(out.Latency.Count()) / uint64(s.Topology.Consumers)
	out.Nanos = out.Latency.Quantile(0.5)
	out.PerSec = float64(out.Ops) / (last - first).Seconds()
	if s.Mode == Wake {
		return out, asleep(seats, outcomes)
	}
	for i, o := range outcomes {
		if seats[i].Consumer {
			continue
		}
		if v := s.schedule().missed(o.Sent-s.warm(), o.Due-o.First, o.Last-o.Due); v != "" {
			return out, fmt.Errorf("%w: %w", errFail, missed(v))
		}
	}
	if slices.ContainsFunc(seats, func(x seat) bool { return x.Crowded }) || s.Wait != Spin {
		return out, nil
	}
	out.Share = share(outcomes)
	return out, nil
}
