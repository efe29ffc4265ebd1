package bench

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/orbitring/orbit/ring/layout"
)

// A Mode is a way of exchanging messages.
type Mode string

const (
	// Stream: producers send as fast as the slowest consumer takes messages
	// without loss. Closed loop.
	Stream Mode = "stream"
	// PingPong: one message there, one back; an operation is a round trip.
	// Closed loop.
	PingPong Mode = "pingpong"
	// Rate: producers send by a timetable, whoever takes; latency counts from
	// when a message was to be sent. Open loop.
	Rate Mode = "rate"
	// Wake: one message at a time, to consumers that sleep; latency is from the
	// publish to the moment at which the consumer has the message.
	Wake Mode = "wake"
	// Lossy: a stream whose producers do not wait for anybody. What consumers
	// miss is counted.
	Lossy Mode = "lossy"
)

// Modes are all there are, in the order of the table.
var Modes = []Mode{Stream, Lossy, PingPong, Rate, Wake}

// timed modes have latencies for their figure; the others have a loop's time.
func (m Mode) timed() bool { return m == Rate || m == Wake }

// A Wait says how a consumer of a ring waits for a frame: as ring.Strategy of
// that name does, or, Looks, in the harness's own loop of looks.
type Wait string

// The ways to wait.
const (
	Looks Wait = ""
	Auto  Wait = "auto"
	Spin  Wait = "spin"
	Yield Wait = "yield"
	Park  Wait = "park"
)

// A Transport carries messages.
type Transport string

// The transports there are. Floor carries no message, only a word.
const (
	Lane      Transport = "lane"
	Shared    Transport = "shared"
	Pipe      Transport = "pipe"
	Socket    Transport = "socket"    // Unix, stream
	SeqPacket Transport = "seqpacket" // Unix, messages
	Queue     Transport = "mq"        // POSIX message queue
	TCP       Transport = "tcp"       // loopback
	Channel   Transport = "channel"
	Floor     Transport = "floor"
)

// IsRing says whether t is one of Orbit's.
func (t Transport) IsRing() bool { return t == Lane || t == Shared }

// blocking transports sleep in the kernel or the runtime until there is
// something to do, and bring their own back-pressure.
func (t Transport) blocking() bool { return slices.Contains(Peers, t) }

// packetLimit is the largest message that a socket's buffer takes by default.
const packetLimit = 64 << 10

// Label is the name that people read.
func (t Transport) Label() string {
	switch t {
	case Lane, Shared:
		return "orbit " + string(t)
	case Channel:
		return "channel(in-process)"
	case Socket:
		return "unix socket"
	case SeqPacket:
		return "unix seqpacket"
	case Queue:
		return "posix mq"
	case TCP:
		return "tcp loopback"
	}
	return string(t)
}

// MaxSide is the largest number of producers or of consumers.
const MaxSide = 16

// A Topology counts processes.
type Topology struct{ Producers, Consumers int }

func (t Topology) String() string { return fmt.Sprintf("%dx%d", t.Producers, t.Consumers) }

// MarshalText writes the form 1x2.
func (t Topology) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads the form 1x2.
func (t *Topology) UnmarshalText(text []byte) error {
	p, c, ok := strings.Cut(string(text), "x")
	producers, err1 := strconv.Atoi(p)
	consumers, err2 := strconv.Atoi(c)
	if !ok || err1 != nil || err2 != nil {
		return fmt.Errorf("topology %q is not of the form 1x2 (producers x consumers)", text)
	}
	if producers < 1 || producers > MaxSide || consumers < 1 || consumers > MaxSide {
		return fmt.Errorf("topology %s: each side must be 1 to %d processes", text, MaxSide)
	}
	t.Producers, t.Consumers = producers, consumers
	return nil
}

// A Spec says what one row of the table measures.
type Spec struct {
	Mode      Mode
	Topology  Topology
	Transport Transport
	Payload   int           // bytes of a message, at least 8
	Capacity  uint64        // slots of a ring's lane; a channel's buffer
	Stride    uint32        // bytes of a ring's slot, 0 = the smallest
	Duration  time.Duration // of one sample
	Wait      Wait          // of consumers of a ring

	// The timetable of rate.
	Rate  float64       // messages a second, of all producers together
	Burst uint64        // messages due at the same moment
	Idle  time.Duration // after each burst, beside what the rate asks for

	// Consumers sleep for Stall once every StallEvery, rate only; 0 is never.
	Stall      time.Duration
	StallEvery time.Duration

	// Bare messages have nothing but a number that is made and checked. It is not
	// part of a row's name: only Overhead uses it.
	Bare bool
}

// errSpec: a spec asks for what cannot be or is not built.
var errSpec = errors.New("cannot measure that")

// Check reports what is wrong with s.
func (s Spec) Check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{errSpec}, args...)...)
	}
	switch s.Mode {
	case Stream, Rate:
	case PingPong:
		if s.Topology != (Topology{1, 1}) {
			return bad("pingpong runs 1x1 only, not %v", s.Topology)
		}
	case Wake:
		if !canWake {
			return bad("wake needs Linux: its floor is a futex")
		}
		if s.Topology.Producers > 1 {
			return bad("wake runs 1x1, 1x2 … only, not %v: two producers would wake for each other", s.Topology)
		}
	case Lossy:
		if !s.Transport.IsRing() && s.Transport != Floor {
			return bad("lossy through a %s, which makes its writer wait instead of losing", s.Transport.Label())
		}
	default:
		return bad("mode %q (have %v)", s.Mode, Modes)
	}
	if s.Transport == Floor {
		return nil
	}
	if s.Payload < minPayload || s.Payload > maxPayload {
		return bad("payload of %d bytes (%d to %d)", s.Payload, minPayload, maxPayload)
	}
	if s.Duration < time.Millisecond || s.Duration > time.Hour {
		return bad("duration %v (1ms to 1h)", s.Duration)
	}
	if err := s.checkTimes(bad); err != nil {
		return err
	}
	switch {
	case s.Transport.IsRing():
		_, err := s.geometry().Normalize()
		return err
	case s.Transport == Pipe && s.Topology.Producers > 1 && s.Payload > 4096:
		return bad("%d bytes through a pipe of several writers (4096 is what a pipe keeps whole)", s.Payload)
	case s.Transport == TCP && s.Topology.Producers > 1:
		return bad("%d producers through one tcp connection, which does not keep their messages whole (one producer)", s.Topology.Producers)
	case s.Transport == SeqPacket && s.Payload > packetLimit:
		return bad("%d bytes through a seqpacket socket (%d fit its buffer everywhere)", s.Payload, packetLimit)
	case s.Transport == Queue && s.Payload > mqLimit():
		return bad("%d bytes through a message queue (%d; raise /proc/sys/fs/mqueue/msgsize_max)", s.Payload, mqLimit())
	case s.Transport.blocking():
		if s.Capacity < 1 || s.Capacity > 1<<24 {
			return bad("capacity %d", s.Capacity)
		}
		return nil
	}
	return bad("transport %q", s.Transport)
}

// checkTimes checks what says when to send and how to wait.
func (s Spec) checkTimes(bad func(string, ...any) error) error {
	switch s.Wait {
	case Looks, Auto, Spin, Yield, Park:
	default:
		return bad("wait %q (auto, spin, yield, park)", s.Wait)
	}
	if s.Wait != Looks && (s.Mode == PingPong || !s.Transport.IsRing()) && !s.Mode.timed() {
		return bad("wait %s of %v: it is a ring's, in stream, lossy, rate and wake", s.Wait, s)
	}
	if s.Mode == Wake && s.Transport.IsRing() && s.Wait != Auto && s.Wait != Park {
		return bad("wake with wait %q: nobody would sleep (auto, park)", s.Wait)
	}
	if s.Mode != Rate {
		if s.Rate != 0 || s.Burst != 0 || s.Idle != 0 || s.Stall != 0 {
			return bad("a rate, burst, idle gap or stall of mode %s; they are mode rate's", s.Mode)
		}
		return nil
	}
	switch {
	case !(s.Rate > 0 && s.Rate <= 1e9):
		return bad("rate of %g messages/s (more than 0, up to 1e9)", s.Rate)
	case s.Burst < 1 || s.Burst > 1<<20:
		return bad("burst of %d (1 to %d)", s.Burst, 1<<20)
	case s.Idle < 0 || s.Idle > time.Minute:
		return bad("idle gap of %v (0 to 1m)", s.Idle)
	case s.Stall < 0 || s.Stall > 0 && s.StallEvery <= s.Stall:
		return bad("stall of %v every %v: the latter must be longer", s.Stall, s.StallEvery)
	case s.schedule().period < 1:
		return bad("rate of %g messages/s from %d producers", s.Rate, s.Topology.Producers)
	case s.schedule().period > float64(s.Duration):
		return bad("rate of %.3g messages/s, of which none but the first is due within %v: ask for a longer duration", s.schedule().perSecond()*float64(s.Topology.Producers), s.Duration)
	}
	return nil
}

func (s Spec) geometry() layout.Geometry {
	g := layout.Geometry{
		Topology: layout.Shared,
		Lanes:    1,
		Capacity: s.Capacity,
		Payload:  uint32(s.Payload),
		Stride:   s.Stride,
	}
	if s.Transport == Lane {
		g.Topology, g.Lanes = layout.Lane, uint32(s.Topology.Producers)
	}
	return g
}

// Name is the benchmark's name without "Benchmark": a stable key for every
// property that distinguishes rows, so that benchstat can group by it.
func (s Spec) Name() string {
	switch {
	case s.Transport == Floor:
		return fmt.Sprintf("Floor/mode=%s/topology=%v", s.Mode, s.Topology)
	case s.Transport.IsRing():
		g, err := s.geometry().Normalize()
		stride := g.Stride
		if err != nil {
			stride = s.Stride
		}
		return fmt.Sprintf("Orbit/mode=%s/topology=%v/ring=%s/payload=%d/capacity=%d/stride=%d",
			s.Mode, s.Topology, s.Transport, s.Payload, s.Capacity, stride) + s.conditions()
	}
	return fmt.Sprintf("Peer/peer=%s/mode=%s/topology=%v/payload=%d", s.Transport, s.Mode, s.Topology, s.Payload) + s.conditions()
}

// conditions are the keys of what a row has beside its work, "" for the usual.
func (s Spec) conditions() string {
	var b strings.Builder
	if s.Wait != Looks && s.Transport.IsRing() {
		fmt.Fprintf(&b, "/wait=%s", s.Wait)
	}
	if s.Mode == Rate {
		fmt.Fprintf(&b, "/rate=%g/burst=%d/idle=%v", s.Rate, s.Burst, s.Idle)
		if s.Stall > 0 {
			fmt.Fprintf(&b, "/stall=%v/every=%v", s.Stall, s.StallEvery)
		}
	}
	return b.String()
}

func (s Spec) String() string {
	if s.Transport == Floor {
		return fmt.Sprintf("%s %s", s.Mode, s.Transport)
	}
	text := fmt.Sprintf("%s %v %s %d B", s.Mode, s.Topology, s.Transport.Label(), s.Payload)
	if c := s.conditions(); c != "" {
		text += " " + strings.ReplaceAll(c[1:], "/", " ")
	}
	return text
}

// parties is the number of processes the row keeps busy at once.
func (s Spec) parties() int { return s.Topology.Producers + s.Topology.Consumers }

// credit returns how many messages a producer may be ahead of the slowest
// consumer, and after how many a consumer says how far it is. Half the ring
// is in flight at most, so nothing is ever overwritten; in a shared ring the
// producers divide that half.
func (s Spec) credit() (window, every uint64) {
	window = s.Capacity / 2
	if s.Transport == Shared {
		window /= uint64(s.Topology.Producers)
	}
	window = max(window, 1)
	return window, max(1, min(64, window/4))
}
