package bench

import (
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/loov/hrtime"
)

// Clock says how durations are measured.
//
// Between processes they are differences of the runtime's monotonic clock,
// which on Linux is CLOCK_MONOTONIC. Single round trips are stamped with the
// raw time stamp counter, where the processor says that it is invariant and
// the kernel uses it as its own clock; else with the monotonic clock as well.
type Clock struct {
	Source       string  `json:"source"`           // of round-trip stamps: "tsc" or "monotonic"
	Reason       string  `json:"reason,omitempty"` // why not the counter
	TicksPerNano float64 `json:"ticks_per_ns"`     // 1 for the monotonic clock
	DriftPPM     float64 `json:"drift_ppm"`        // rate at the end of the run against the beginning
	ErrorPPM     float64 `json:"error_ppm"`        // bound of the rate over the whole run
	StampNanos   float64 `json:"stamp_ns"`         // cost of one stamp
	Apart        float64 `json:"apart_ns"`         // bound of how far two processes' clocks can be apart
	first        instant // at the beginning of the run
}

// base is this process's origin; the stamps of all processes are comparable
// because offset is base's place on CLOCK_MONOTONIC.
var base, offset = origin()

func origin() (time.Time, time.Duration) {
	b := time.Now()
	best, at := time.Duration(math.MaxInt64), time.Duration(0)
	for range 16 {
		before := time.Since(b)
		m, ok := monotonic()
		after := time.Since(b)
		if !ok {
			return b, time.Duration(b.UnixNano())
		}
		if width := after - before; width < best {
			best, at = width, m-before-width/2
		}
	}
	return b, at
}

// now is the time on the clock that all processes share.
func now() time.Duration { return time.Since(base) + offset }

// An instant is one moment on both clocks: ticks of the counter, read between
// two readings of the monotonic clock that lie width apart.
type instant struct {
	ticks uint64
	at    time.Duration
	width time.Duration
}

// observe reads both clocks, the narrowest of several attempts.
func observe() instant {
	best := instant{width: math.MaxInt64}
	for range 64 {
		before := now()
		ticks := hrtime.RDTSC()
		after := now()
		if width := after - before; width < best.width {
			best = instant{ticks, before + width/2, width}
		}
	}
	return best
}

// rate returns ticks per nanosecond between two instants, and its error bound
// in parts per million.
func rate(a, b instant) (perNano, ppm float64) {
	d := float64(b.at - a.at)
	return float64(b.ticks-a.ticks) / d, float64(a.width+b.width) / 2 / d * 1e6
}

// newClock chooses and calibrates; it takes some 20 ms.
func newClock() Clock {
	c := Clock{Source: "monotonic", TicksPerNano: 1}
	if c.Reason = counterDefect(); c.Reason == "" {
		c.first = observe()
		time.Sleep(20 * time.Millisecond)
		c.Source = "tsc"
		c.TicksPerNano, c.ErrorPPM = rate(c.first, observe())
	}
	s := c.stamper()
	const n = 1000
	begin := now()
	for range n {
		s.now()
	}
	c.StampNanos = float64(now()-begin) / n
	return c
}

// finish compares the rate over the whole run with the one that was used.
func (c *Clock) finish() {
	if c.Source != "tsc" {
		return
	}
	perNano, ppm := rate(c.first, observe())
	c.DriftPPM = (perNano/c.TicksPerNano - 1) * 1e6
	c.ErrorPPM = ppm
}

func (c Clock) String() string {
	if c.Source != "tsc" {
		return fmt.Sprintf("monotonic clock (%s)", c.Reason)
	}
	return fmt.Sprintf("invariant TSC, %.4f ticks/ns, within %.2f ppm of CLOCK_MONOTONIC",
		c.TicksPerNano, math.Abs(c.DriftPPM)+c.ErrorPPM)
}

// counterDefect says why the raw counter cannot be used, "" if it can.
func counterDefect() string {
	if !hrtime.TSCSupported() {
		return "this processor has no invariant time stamp counter"
	}
	src, err := os.ReadFile("/sys/devices/system/clocksource/clocksource0/current_clocksource")
	if err != nil {
		return "the kernel does not say what its clock is"
	}
	if s := strings.TrimSpace(string(src)); s != "tsc" {
		return "the kernel's clock is " + s
	}
	return ""
}

// A stamper stamps single events, as every process of a run does: by the counter
// and one line through the same instant, or by the monotonic clock.
type stamper struct {
	Counter      bool    `json:"counter"`
	Ticks        uint64  `json:"ticks"` // of the counter at At
	At           int64   `json:"at"`    // ns on the clock that all processes share
	TicksPerNano float64 `json:"ticks_per_ns"`
}

func (c Clock) stamper() stamper {
	return stamper{c.Source == "tsc", c.first.ticks, int64(c.first.at), c.TicksPerNano}
}

// read is a stamp in the counter's own unit, for differences.
func (s stamper) read() uint64 {
	if s.Counter {
		return hrtime.RDTSC()
	}
	return uint64(now())
}

// seen is now for the moment at which something was seen: the counter is not
// read before every earlier load is done. A plain reading may be taken while the
// word that it is to follow is still on its way.
func (s stamper) seen() int64 {
	if s.Counter {
		return s.At + int64(float64(hrtime.RDTSCP()-s.Ticks)/s.TicksPerNano)
	}
	return int64(now())
}

// now is the time in ns on the clock that all processes share.
func (s stamper) now() int64 {
	if s.Counter {
		return s.At + int64(float64(hrtime.RDTSC()-s.Ticks)/s.TicksPerNano)
	}
	return int64(now())
}
