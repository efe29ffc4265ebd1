package ring

import (
	"runtime"

	"github.com/orbitring/orbit/ring/internal/slotcopy"
)

const (
	// spinRounds is how many pauses in a row a Backoff makes before it yields.
	spinRounds = 128
	// spinMost bounds the CPU's pause hints between two looks.
	spinMost = 8
	// schedEvery is how many yields to the system are made for one to other
	// goroutines, which costs a locked thread several microseconds.
	schedEvery = 32
)

// Backoff spaces out the looks of a loop that waits for a frame. A look pulls
// the cache line from the writer, so the spinning begins with short pauses and
// lengthens them; after some 128 rounds it yields the processor, which matters
// where more processes spin than there are CPUs. The zero value is ready; one
// goroutine at a time may use it.
type Backoff struct {
	rounds   uint32
	spinOnly bool
}

// Pause waits a moment: 10 ns to half a microsecond while it spins, a system
// call when it yields.
func (b *Backoff) Pause() {
	b.rounds++
	if spinning && (b.rounds <= spinRounds || b.spinOnly) {
		slotcopy.Pause(min(1+b.rounds/4, spinMost))
		return
	}
	if b.rounds%schedEvery == 0 || !spinning {
		runtime.Gosched()
		return
	}
	yieldThread()
}

// Reset begins anew: call it when there was something.
func (b *Backoff) Reset() { b.rounds = 0 }

// spinning says that there is a second CPU on which the awaited writer can run.
var spinning = runtime.NumCPU() > 1
