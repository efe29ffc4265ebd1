//go:build linux

package hammer

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

// soakPlan is what one round of a soak does, all of it drawn from the soak's
// seed and the number of the round. The kernel's scheduling is not, so a plan
// that is repeated does the same things at other moments.
type soakPlan struct {
	seed     uint64
	number   int
	topology layout.Topology
	capacity uint64
	payload  uint32
	writers  int
	styles   []string // of readers
	stalls   []time.Duration
	pause    time.Duration // mean time between two disturbances
	hold     time.Duration // mean time that a stopped process stays so
	length   time.Duration
}

// crowds are how many processes a round may have; the last three are more than
// any machine that runs this in continuous integration has processors.
var crowds = [...]struct{ writers, readers int }{{1, 2}, {2, 2}, {3, 3}, {4, 4}, {8, 8}, {16, 16}}

func drawPlan(seed uint64, number int, length time.Duration) soakPlan {
	r := rand.New(rand.NewPCG(seed, uint64(number)))
	pick := func(from ...time.Duration) time.Duration { return from[r.IntN(len(from))] }
	p := soakPlan{
		seed: seed, number: number, length: length,
		topology: []layout.Topology{layout.Lane, layout.Shared}[number%2],
		capacity: []uint64{2, 4, 64, 1024, 1024, 1024}[r.IntN(6)],
		payload:  []uint32{40, 200, 1000}[r.IntN(3)],
		pause:    pick(4*time.Millisecond, 12*time.Millisecond, 40*time.Millisecond),
		hold:     pick(time.Millisecond, 10*time.Millisecond, 60*time.Millisecond),
	}
	crowd := crowds[r.IntN(len(crowds))]
	p.writers = crowd.writers
	styles := []string{"poll", "next", "frames", "newest", "observe", "park"}
	if p.topology == layout.Shared {
		styles = append(styles, "judge", "judge", "judge")
	}
	for i := range crowd.readers {
		style := styles[r.IntN(len(styles))]
		if i == 0 && r.IntN(2) == 0 {
			style = "newest"
		}
		p.styles = append(p.styles, style)
		p.stalls = append(p.stalls, pick(0, time.Millisecond, ring.DefaultStallLimit, time.Second))
	}
	return p
}

func (p soakPlan) String() string {
	return fmt.Sprintf("%v, %d slots of %d, %d writers, %d readers (%s), a disturbance every %v, stops of %v",
		p.topology, p.capacity, p.payload, p.writers, len(p.styles), strings.Join(p.styles, " "), p.pause, p.hold)
}

// again says how to repeat the plan.
func (p soakPlan) again() string {
	return fmt.Sprintf("make soak SECONDS=%.0f SEED=%d ROUND=%d", max(p.length.Seconds(), 1), p.seed, p.number)
}
