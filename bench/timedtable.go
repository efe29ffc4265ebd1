package bench

import (
	"fmt"
	"strings"
)

// timedColumns are the columns of rows with latencies.
var timedColumns = []column{
	{"mode", false, func(r Row) string { return string(r.Spec.Mode) }},
	{"topology", false, func(r Row) string { return r.Spec.topology() }},
	{"payload", true, payload},
	{"transport", false, func(r Row) string { return r.Spec.Transport.Label() }},
	{"wait", false, func(r Row) string {
		if r.Spec.Wait == Looks {
			return "·"
		}
		return string(r.Spec.Wait)
	}},
	{"asked", false, func(r Row) string {
		s := r.Spec
		if s.Mode != Rate || s.Transport == Floor {
			return "·"
		}
		text := siRate(s.Rate) + "/s"
		if s.Burst > 1 {
			text += fmt.Sprintf(" by %d", s.Burst)
		}
		if s.Idle > 0 {
			text += fmt.Sprintf(" +%v", s.Idle)
		}
		return text
	}},
	{"msgs/s", true, figure(func(r Row) string { return siRate(r.PerSec) })},
	{"p50", true, figure(latencyCell(0.5))},
	{"p90", true, figure(latencyCell(0.9))},
	{"p99", true, figure(latencyCell(0.99))},
	{"p99.9", true, figure(latencyCell(0.999))},
	{"max", true, figure(latencyCell(1))},
	{"lag p99", true, figure(func(r Row) string {
		if r.Lag == nil || r.Lag.Count() == 0 {
			return "·"
		}
		return nanos(r.Lag.Quantile(0.99))
	})},
	{"x-floor", true, figure(func(r Row) string { return ratio(r.XFloor) })},
	{"delivered", true, figure(func(r Row) string { return fmt.Sprint(r.Counts.Delivered) })},
	{"marks", false, marks},
}

func latencyCell(q float64) func(Row) string {
	return func(r Row) string {
		switch {
		case r.Latency != nil:
			return nanos(r.Latency.Quantile(q))
		case q == 0.5:
			return nanos(r.Nanos) // the floor: a median, nothing else is kept
		}
		return "·"
	}
}

func payload(r Row) string {
	if r.Spec.Transport == Floor {
		return "a word"
	}
	return fmt.Sprintf("%d B", r.Spec.Payload)
}

func marks(r Row) string {
	if r.Fail != "" {
		return "FAIL: " + strings.TrimPrefix(r.Fail, errFail.Error()+": ")
	}
	return strings.Join(r.Marks, ", ")
}
