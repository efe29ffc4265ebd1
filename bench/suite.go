package bench

import "time"

// QuickTopologies, Payloads and so on are what the quick suite covers.
var (
	quickTopologies = []Topology{{1, 1}, {1, 2}, {2, 1}}
	quickPayloads   = []int{8, 32, 64, 256, 1024}
	rings           = []Transport{Lane, Shared}
	peers           = []Transport{Pipe, Socket, Channel}
)

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
}

// NewPlan makes the plan of a suite: "quick" answers within half a minute,
// "full" takes as many samples as comparisons need.
func NewPlan(suite string, sel Selection) Plan {
	p := Plan{Suite: suite, Count: 3, Repeats: 2, Spare: 6 * time.Second}
	duration := 50 * time.Millisecond
	if suite == "full" {
		p.Count, p.Repeats, p.Spare = 10, 5, 2*time.Minute
		duration = 200 * time.Millisecond
	}
	p.Count = pick(sel.Count, p.Count)
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
		p.Rows = append(p.Rows, Spec{Mode: m, Topology: Topology{1, 1}, Transport: Floor})
		for _, t := range topologies {
			if m == PingPong && t != (Topology{1, 1}) {
				continue
			}
			for _, payload := range payloads {
				for _, transport := range transports {
					s := Spec{
						Mode: m, Topology: t, Transport: transport,
						Payload: payload, Capacity: capacity, Duration: duration,
					}
					if transport.IsRing() {
						s.Stride = sel.Stride
					}
					p.Rows = append(p.Rows, s)
				}
			}
		}
	}
	// Repeating may take twice as long as measuring. A short run that others
	// disturb all the time is better repeated as a whole.
	p.Spare = min(p.Spare, 2*time.Duration(len(p.Rows)*p.Count)*(duration+2*p.floorTime()))
	return p
}

func or(given, usual []Transport) []Transport {
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
