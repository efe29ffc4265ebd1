package ring

import (
	"strings"

	"github.com/orbitring/orbit/ring/internal/futex"
)

// ParkSupport says how readers of this process can park, and what its
// publishers pay for that. What is missing makes waiting slower, never wrong.
type ParkSupport struct {
	Futex   bool // a publish wakes parked readers; else they look every millisecond
	Cancel  bool // futex_waitv: a cancelled Wait returns at once; else within 2 ms
	Barrier bool // membarrier: publishers need no fence; else each publish pays one
}

// Parking reports what the system offers for parking. It asks the kernel, so it
// is not for hot paths.
func Parking() ParkSupport {
	return ParkSupport{
		Futex:   futex.Has(futex.Wait),
		Cancel:  futex.Has(futex.WaitTwo),
		Barrier: futex.Has(futex.Barrier),
	}
}

// String says it in words, with what each lack costs.
func (p ParkSupport) String() string {
	if p == (ParkSupport{true, true, true}) {
		return "futex, futex_waitv, membarrier"
	}
	var parts []string
	for _, f := range []struct {
		has        bool
		name, lack string
	}{
		{p.Futex, "futex", "parked readers look every millisecond"},
		{p.Cancel, "futex_waitv", "a cancelled wait returns within 2 ms"},
		{p.Barrier, "membarrier", "every publish pays a fence"},
	} {
		if !f.has {
			f.name += " is refused (" + f.lack + ")"
		}
		parts = append(parts, f.name)
	}
	return strings.Join(parts, ", ")
}
