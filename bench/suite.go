package bench

import "time"

// QuickTopologies, Payloads and so on are what the quick suite covers.
var (
	quickTopologies = []Topology{{1, 1}, {1, 2}, {2, 1}}
	quickPayloads   = []int{8, 32, 64, 256, 1024}
	rings           = []Transport{Lane, Shared}
	peers           = []Transport{Pipe, Socket, Channel}
)

// Peers are what else can carry messages here.
var Peers = []Transport{Pipe, Socket, SeqPacket, Queue, TCP, Channel}

// A Selection narrows or changes a suite; a nil field leaves it as it is.
type Selection struct {
	Modes      []Mode
	Topologies []Topology
	Rings      []Transport
	Peers      []Transport // not nil and empty: none
	Payloads   []int
	Capacity   uint64
	Stride     uint32
	Duration   time.Duration
	Count      int
	Waits      []Wait
	Batches    []int  // of stream and lossy; 1 is one by one
	Copy       string // name of the rings' copy routines, "" for their own choice

	// The timetables of mode rate: every combination.
	Rates      []float64
	Bursts     []uint64
	Idles      []time.Duration
	Stall      time.Duration
	StallEvery time.Duration
}

// leastTimed is how long samples of modes with latencies take unless something
// else is asked for: their tails are what they are about.
const leastTimed = 200 * time.Millisecond

// usualRate is the rate of rows that do not say one, messages a second.
const usualRate = 1e5

// NewPlan makes the plan of a suite: "quick" answers within half a minute,
// "full" takes as many samples as comparisons need.
func NewPlan(suite string, sel Selection) Plan {
	p := Plan{Suite: suite, Count: 3, Repeats: 2, Spare: 6 * time.Second}
	duration := 50 * time.Millisecond
	if suite == "full" {
		p.Count, p.Repeats, p.Spare = 10, 5, 2*time.Minute
		duration = 200 * time.Millisecond
		p.Overhead = true
	}
	p.Count, p.Copy = pick(sel.Count, p.Count), sel.Copy
	duration = pick(sel.Duration, duration)
	capacity := pick(sel.Capacity, 8192)
	modes := sel.Modes
	if modes == nil {
		modes = []Mode{Stream, PingPong}
	}
	topologies, payloads := sel.Topologies, sel.Payloads
	if topologies == nil {
		topologies = quickTopologies
	}
	if payloads == nil {
		payloads = quickPayloads
	}
	transports := append(append([]Transport{}, or(sel.Rings, rings)...), or(sel.Peers, peers)...)
	for _, m := range modes {
		p.Rows = append(p.Rows, Spec{Mode: m, Topology: pair, Transport: Floor})
		for _, t := range topologies {
			if m == PingPong && t != pair || m == Wake && t.Producers > 1 {
				continue
			}
			for _, payload := range payloads {
				base := Spec{Mode: m, Topology: t, Payload: payload, Capacity: capacity, Stride: sel.Stride, Duration: duration}
				if m.timed() && sel.Duration == 0 {
					base.Duration = max(duration, leastTimed)
				}
				p.Rows = append(p.Rows, base.under(sel, transports)...)
			}
		}
	}
	// Repeating may take twice as long as measuring. A short run that others
	// disturb all the time is better repeated as a whole.
	p.Spare = min(p.Spare, 2*time.Duration(len(p.Rows)*p.Count)*(duration+2*p.floorTime()))
	return p
}

// under are the rows of s over each transport, with each way to wait and by each
// timetable that its mode has.
func (s Spec) under(sel Selection, transports []Transport) []Spec {
	tables := []Spec{s}
	if s.Mode == Rate {
		tables = nil
		for _, rate := range or(sel.Rates, []float64{usualRate}) {
			for _, burst := range or(sel.Bursts, []uint64{1}) {
				for _, idle := range or(sel.Idles, []time.Duration{0}) {
					x := s
					x.Rate, x.Burst, x.Idle, x.Stall, x.StallEvery = rate, burst, idle, sel.Stall, sel.StallEvery
					tables = append(tables, x)
				}
			}
		}
	}
	usual := []Wait{Looks}
	switch s.Mode {
	case Rate:
		usual = []Wait{Auto}
	case Wake:
		usual = []Wait{Park}
	}
	var rows []Spec
	for _, x := range tables {
		for _, x.Transport = range transports {
			switch {
			case x.Mode == Lossy && !x.Transport.IsRing():
			case x.Transport.IsRing() && x.Mode != PingPong:
				for _, x.Wait = range or(sel.Waits, usual) {
					for _, batch := range or(sel.Batches, x.usualBatches()) {
						y := x
						if batch > 1 {
							y.Batch = batch
						}
						rows = append(rows, y)
					}
				}
			default:
				y := x
				if y.Wait = Looks; !y.Transport.IsRing() {
					y.Stride = 0
				}
				rows = append(rows, y)
			}
		}
	}
	return rows
}

// usualBatches are the batches of rows that do not say any: a stream over a lane
// is shown both ways.
func (s Spec) usualBatches() []int {
	if s.Mode == Stream && s.Transport == Lane && s.Topology == pair {
		return []int{1, 8}
	}
	return []int{1}
}

func or[T any](given, usual []T) []T {
	if given == nil {
		return usual
	}
	return given
}

func pick[T int | uint64 | time.Duration](given, usual T) T {
	if given == 0 {
		return usual
	}
	return given
}
