//go:build linux

package ring_test

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"strings"
	"testing"

	"github.com/orbitring/orbit/internal/proctest"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

func TestMain(m *testing.M) {
	roles := map[string]proctest.Role{"session": session, "sandboxed": sandboxed, "waker": waker}
	proctest.Main(m, roles, "/dev/shm/orbit-"+runFleet+"-*", fmt.Sprintf("/dev/shm/orbit-conformance%d-*", os.Getpid()))
}

// runFleet begins the fleet of every segment of this run.
var runFleet = fmt.Sprintf("ringtest%d", os.Getpid())

// newName returns a segment name of its own, removed when the test ends.
func newName(t testing.TB) string {
	t.Helper()
	name, err := shm.Name(fmt.Sprintf("%s-%d", runFleet, fleetCount.Add(1)), testKind)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shm.Remove(name, shm.Options{}); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	})
	return name
}

// shareable reports whether this build has segments. Where it has none, it
// holds the build to saying so clearly.
func shareable(t testing.TB) bool {
	t.Helper()
	if bits.UintSize == 64 {
		return true
	}
	_, open := shm.Open("orbit-"+runFleet+"-7-0", shape(layout.Shared, 1, 4, 8), shm.Options{})
	_, attach := shm.Attach("orbit-"+runFleet+"-7-0", shm.Options{})
	_, observe := shm.Observe("orbit-"+runFleet+"-7-0", shm.Options{})
	_, unnamed := shm.Unnamed(shape(layout.Shared, 1, 4, 8), shm.Options{})
	for _, err := range []error{open, attach, observe, unnamed} {
		var detail *shm.UnsupportedError
		if !errors.Is(err, shm.ErrUnsupported) || !errors.Is(err, errors.ErrUnsupported) ||
			!errors.As(err, &detail) || detail.Arch == "" || !strings.Contains(detail.Rule, "64-bit") {
			t.Errorf("a 32-bit build must refuse segments and say why, got: %v", err)
		}
	}
	return false
}
