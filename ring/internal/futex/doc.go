// Package futex puts threads to sleep on a word of shared memory and wakes them:
// futex(2), futex_waitv(2) and membarrier(2), which golang.org/x/sys does not
// wrap. Elsewhere than on Linux, and where a sandbox refuses the calls, the
// functions say so and the caller sleeps in slices.
package futex

import (
	"errors"
	"sync/atomic"
)

// ErrUnsupported: this system or sandbox refuses the call.
var ErrUnsupported = errors.New("orbit: the system refuses futex calls")

// Feature is one of the calls.
type Feature uint32

const (
	// Wait: futex(2) FUTEX_WAIT and FUTEX_WAKE.
	Wait Feature = 1 << iota
	// WaitTwo: futex_waitv(2), Linux 5.16.
	WaitTwo
	// Barrier: membarrier(2) with the global expedited command, Linux 4.16.
	Barrier
)

// refused holds the features that a call has found refused, or that a test
// switched off.
var refused atomic.Uint32

// Refuse makes this process behave as if the system refused the features:
// for tests.
func Refuse(f Feature) { refused.Or(uint32(f)) }

// Allow takes Refuse back.
func Allow(f Feature) { refused.And(^uint32(f)) }

// Has says that a feature is there as far as is known; it probes what can be
// probed without effect.
func Has(f Feature) bool { return Feature(refused.Load())&f == 0 && probe(f) }
