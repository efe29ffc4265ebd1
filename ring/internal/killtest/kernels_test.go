//go:build linux && amd64 && !race

package killtest

import (
	"testing"

	"github.com/orbitring/orbit/ring/internal/slotcopy"
)

// kernels lists the copy routines that the sweeps have to run over, each with
// the environment that makes a child use it. A build has one; -tags purego has
// the generic one. When a build chooses among several, they go here and nowhere
// else.
var kernels = []kernel{{name: slotcopy.Kernel}}

type kernel struct {
	name string
	env  map[string]string // for the template
}

// payloads are the sizes that take different ways: nothing, one word, a line, one
// that ends in the middle of a word, more lines, and what a lane's publish leaves
// to the kernel's loop.
var payloads = []int{0, 8, 32, 41, 64, 200, 300}

// overKernels runs a test with every kernel. Children inherit the environment.
func overKernels(t *testing.T, test func(t *testing.T, kernel string)) {
	for _, k := range kernels {
		for name, value := range k.env {
			t.Setenv(name, value)
		}
		test(t, k.name)
	}
}
