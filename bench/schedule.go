package bench

import (
	"fmt"
	"math"
	"time"
)

// A schedule says when an open loop means to send each message, whatever
// becomes of the ones before. Burst messages are due at the same moment; bursts
// follow each other so that rate is kept while there are any, and an idle gap
// comes after each burst on top of that.
type schedule struct {
	burst  uint64
	period float64 // ns from burst to burst, the idle gap included
}

// schedule is the timetable of one producer; all of them together send s.Rate
// messages a second.
func (s Spec) schedule() schedule {
	each := s.Rate / float64(s.Topology.Producers)
	return schedule{s.Burst, float64(s.Burst)/each*1e9 + float64(s.Idle)}
}

// due is when message k is to be sent, in ns after the first one.
func (s schedule) due(k uint64) int64 {
	return int64(float64(k/s.burst) * s.period)
}

// count is how many messages are due within d.
func (s schedule) count(d time.Duration) uint64 {
	return uint64(math.Ceil(float64(d)/s.period)) * s.burst
}

// perSecond is the rate that results, idle gaps included.
func (s schedule) perSecond() float64 { return float64(s.burst) / s.period * 1e9 }

// phase sets the producers of a run apart, so that they do not all send at once.
func (s schedule) phase(producer, producers int) int64 {
	return int64(s.period * float64(producer) / float64(producers))
}

// rateSlack is by how much of its time a producer may be behind at its end,
// and rateGrace is granted to short samples: one turn of another process.
const (
	rateSlack = 0.01
	rateGrace = 2 * time.Millisecond
)

// missed says that the last message went out too late for the rate to have been
// kept, "" if it did not. planned is when it was due, and late by how much it
// was missed.
func (s schedule) missed(n uint64, planned, late time.Duration) string {
	if float64(late) <= rateSlack*float64(planned)+float64(rateGrace) {
		return ""
	}
	return fmt.Sprintf("missed its rate: %s of the %s messages/s asked of a producer; the last was sent %v late",
		siRate(float64(n)/(planned+late).Seconds()), siRate(s.perSecond()), late.Round(time.Microsecond))
}
