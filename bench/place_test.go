package bench

import (
	"fmt"
	"testing"
)

func Example_seats() {
	p := cpuPlan{hot: []int{1, 2, 3, 0}, allowed: []int{0, 1, 2, 3}}
	for _, t := range []Topology{{1, 1}, {1, 2}, {1, 3}, {3, 1}, {2, 2}, {3, 3}} {
		fmt.Print(t, ":")
		for _, s := range p.seats(t) {
			fmt.Print(" ", s.CPU)
			if s.Crowded {
				fmt.Print("!")
			}
		}
		fmt.Println(", first room", p.room(1, t))
	}
	// Output:
	// 1x1: 1 2, first room [1 0 3]
	// 1x2: 1 2 3, first room [1 0]
	// 1x3: 1 2 3 0, first room [0 1 2 3]
	// 3x1: 1 3 0 2, first room [0 1 2 3]
	// 2x2: 1 3 2 0, first room [0 1 2 3]
	// 3x3: 1! 3 1! 2! 0 2!, first room [0 1 2 3]
}

func TestUnpinnedSeatsAreCrowdedOnlyBeyondTheProcessors(t *testing.T) {
	p := cpuPlan{allowed: []int{0}}
	if p.seats(Topology{16, 16})[0].CPU >= 0 {
		t.Error("a plan without processors pins")
	}
	if s := p.seats(Topology{16, 16}); !s[0].Crowded && len(allowedCPUs()) < 32 {
		t.Error("32 seats are not crowded here")
	}
}
