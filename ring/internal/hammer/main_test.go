//go:build linux

package hammer

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"sync/atomic"
	"testing"

	"github.com/orbitring/orbit/internal/proctest"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

func TestMain(m *testing.M) {
	roles := map[string]proctest.Role{"writer": writerRole, "reader": readerRole, "soak writer": soakWriter, "soak reader": soakReader, "historian": historian}
	proctest.Main(m, roles, "/dev/shm/orbit-"+runFleet+"-*")
}

const testKind = 7

func shape(t layout.Topology, lanes uint32, capacity uint64, payload uint32) layout.Identity {
	return layout.Identity{Kind: testKind, Geometry: layout.Geometry{Topology: t, Lanes: lanes, Capacity: capacity, Payload: payload}}
}

// runFleet begins the fleet of every segment of this run.
var runFleet = fmt.Sprintf("hammer%d", os.Getpid())

var fleetCount atomic.Uint32

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

// needsSegments skips where a build has none: its refusal is tested elsewhere.
func needsSegments(t testing.TB) {
	t.Helper()
	if bits.UintSize != 64 {
		t.Skip("a 32-bit build has no shared segments")
	}
}

// order is what a child is told, as text.
func order(o any) string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return string(text)
}
