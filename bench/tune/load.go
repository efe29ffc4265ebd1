package tune

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/orbitring/orbit/bench"
)

// A Load is what a ring has to stand.
type Load struct {
	Payload int               `json:"payload"` // bytes of a message
	Rate    float64           `json:"rate"`    // messages a second, of all writers together
	Burst   uint64            `json:"burst"`   // messages at once
	Writers int               `json:"writers"`
	Readers int               `json:"readers"`
	Stall   time.Duration     `json:"stall_ns"` // for which a reader may sleep
	Margin  float64           `json:"margin"`   // by which the search makes stalls and bursts longer
	Budget  uint64            `json:"budget"`   // bytes that the segment may take
	Rings   []bench.Transport `json:"rings"`
	Waits   []bench.Wait      `json:"waits"`
	Pin     bench.Pinning     `json:"-"`
	Tries   int               `json:"tries"` // samples of a trial
	Runs    int               `json:"runs"`  // fresh runs that confirm
}

// ErrLoad: what is asked cannot be tried.
var ErrLoad = errors.New("cannot tune for that")

// Check says what is wrong with l before anything is started.
func (l Load) Check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrLoad}, args...)...)
	}
	switch {
	case l.Margin < 1 || l.Margin > 100:
		return bad("a margin of %g (1 to 100)", l.Margin)
	case l.Stall < 0 || l.Stall > 10*time.Second:
		return bad("a stall of %v (0 to 10s)", l.Stall)
	case l.Burst < 1 || l.Burst > 1<<19:
		return bad("a burst of %d (1 to %d)", l.Burst, 1<<19)
	case l.Tries < 1 || l.Runs < 1:
		return bad("nothing to try")
	}
	for _, ring := range l.Rings {
		for _, wait := range l.Waits {
			s := l.spec(Shape{Ring: ring, Wait: wait, Capacity: 2}, l.Margin)
			if err := s.Check(); err != nil {
				return fmt.Errorf("%w: %w", ErrLoad, err)
			}
			if least := l.least(ring); l.Bytes(Shape{Ring: ring, Wait: wait, Capacity: least}) > l.Budget && len(l.Rings) == 1 {
				return bad("%g messages/s while a reader sleeps %v are %.0f slots of a lane: %s, over the budget of %s",
					l.Rate, l.Stall, l.need(ring), Size(l.Bytes(Shape{Ring: ring, Wait: wait, Capacity: least})), Size(l.Budget))
			}
		}
	}
	return nil
}

// need is how many messages a lane gets while its readers sleep.
func (l Load) need(ring bench.Transport) float64 {
	n := l.Rate * l.Stall.Seconds()
	if ring == bench.Lane {
		return n/float64(l.Writers) + float64(l.Burst)
	}
	return n + float64(l.Burst)*float64(l.Writers)
}

// least is the smallest capacity that could hold what is needed without any
// margin.
func (l Load) least(ring bench.Transport) uint64 { return powerOfTwo(l.need(ring)) }

func powerOfTwo(n float64) uint64 {
	x := uint64(math.Ceil(max(n, 2)))
	return 1 << bits.Len64(x-1)
}

// A Shape is one answer that is tried.
type Shape struct {
	Ring     bench.Transport `json:"ring"`
	Wait     bench.Wait      `json:"wait"`
	Capacity uint64          `json:"capacity"`
	Stride   uint32          `json:"stride"` // 0: the smallest
}

// spec is the row that tries s, with stalls and bursts times the margin. Stalls
// follow each other closely, so that a short sample has several of them; in
// between a reader has three times as long to catch up.
func (l Load) spec(s Shape, margin float64) bench.Spec {
	x := bench.Spec{
		Mode: bench.Rate, Topology: bench.Topology{Producers: l.Writers, Consumers: l.Readers},
		Transport: s.Ring, Wait: s.Wait, Payload: l.Payload, Capacity: s.Capacity, Stride: s.Stride,
		Rate: l.Rate, Burst: uint64(math.Ceil(float64(l.Burst) * margin)), Duration: 250 * time.Millisecond,
	}
	if l.Burst == 1 {
		x.Burst = 1 // a steady flow is no burst
	}
	if l.Stall > 0 {
		x.Stall = time.Duration(float64(l.Stall) * margin)
		x.StallEvery = 4 * x.Stall
		x.Duration = max(x.Duration, 6*x.StallEvery)
	}
	return x
}

// Bytes is what the segment of a shape takes; 0 for a shape that cannot be.
func (l Load) Bytes(s Shape) uint64 {
	g, err := l.spec(s, 1).Geometry()
	if err != nil {
		return 0
	}
	return g.Size()
}

// slots is what the slots of a shape take: headers differ by some bytes between
// topologies, and these decide nothing.
func (l Load) slots(s Shape) uint64 {
	g, err := l.spec(s, 1).Geometry()
	if err != nil {
		return 0
	}
	return g.Size() - g.SlotsOffset()
}

// Size writes bytes as people do.
func Size(n uint64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.0f KiB", math.Ceil(float64(n)/(1<<10)))
}
