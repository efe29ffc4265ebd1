package bench

import (
	"errors"
	"fmt"
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
)

// A Transport carries messages.
type Transport string

// The transports there are. Floor carries no message, only a word.
const (
	Lane    Transport = "lane"
	Shared  Transport = "shared"
	Pipe    Transport = "pipe"
	Socket  Transport = "unix"
	Channel Transport = "channel"
	Floor   Transport = "floor"
)

// IsRing says whether t is one of Orbit's.
func (t Transport) IsRing() bool { return t == Lane || t == Shared }

// blocking transports sleep in the kernel or the runtime until there is
// something to do, and bring their own back-pressure.
func (t Transport) blocking() bool { return t == Pipe || t == Socket || t == Channel }

// Label is the name that people read.
func (t Transport) Label() string {
	switch t {
	case Lane, Shared:
		return "orbit " + string(t)
	case Channel:
		return "channel(in-process)"
	case Socket:
		return "unix socket"
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
}

// errSpec: a spec asks for what cannot be or is not built.
var errSpec = errors.New("cannot measure that")

// Check reports what is wrong with s.
func (s Spec) Check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{errSpec}, args...)...)
	}
	switch s.Mode {
	case Stream:
	case PingPong:
		if s.Topology != (Topology{1, 1}) {
			return bad("pingpong runs 1x1 only, not %v", s.Topology)
		}
	default:
		return bad("mode %q (have stream, pingpong)", s.Mode)
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
	switch {
	case s.Transport.IsRing():
		_, err := s.geometry().Normalize()
		return err
	case s.Transport == Pipe && s.Topology.Producers > 1 && s.Payload > 4096:
		return bad("%d bytes through a pipe of several writers (4096 is what a pipe keeps whole)", s.Payload)
	case s.Transport.blocking():
		if s.Capacity < 1 || s.Capacity > 1<<24 {
			return bad("capacity %d", s.Capacity)
		}
		return nil
	}
	return bad("transport %q", s.Transport)
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
		return fmt.Sprintf("Floor/mode=%s/topology=1x1", s.Mode)
	case s.Transport.IsRing():
		g, err := s.geometry().Normalize()
		stride := g.Stride
		if err != nil {
			stride = s.Stride
		}
		return fmt.Sprintf("Orbit/mode=%s/topology=%v/ring=%s/payload=%d/capacity=%d/stride=%d",
			s.Mode, s.Topology, s.Transport, s.Payload, s.Capacity, stride)
	}
	return fmt.Sprintf("Peer/peer=%s/mode=%s/topology=%v/payload=%d", s.Transport, s.Mode, s.Topology, s.Payload)
}

func (s Spec) String() string {
	if s.Transport == Floor {
		return fmt.Sprintf("%s %s", s.Mode, s.Transport)
	}
	return fmt.Sprintf("%s %v %s %d B", s.Mode, s.Topology, s.Transport.Label(), s.Payload)
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
