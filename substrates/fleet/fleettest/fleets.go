package fleettest

import (
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"os"
	"sync/atomic"
	"testing"

	"github.com/orbitring/orbit/ring/shm"
	"github.com/orbitring/orbit/substrates/fleet"
)

// run begins the name of every fleet of this run.
var run = fmt.Sprintf("fleettest%d", os.Getpid())

var count atomic.Uint32

// Name returns the name of a fleet of this test's own. Its segments are removed
// when the test ends.
func Name(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("%s-%d", run, count.Add(1))
	t.Cleanup(func() {
		if !Shareable() {
			return
		}
		found, err := shm.List(shm.Options{}, name)
		if err != nil {
			t.Error(err)
		}
		for _, e := range found {
			if err := shm.Remove(e.Name, shm.Options{}); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
		}
	})
	return name
}

// Shareable reports whether this build has segments.
func Shareable() bool { return bits.UintSize == 64 }

// Each runs the test with node 0 of a fleet of that size: once in process
// memory and once in shared memory. A build that cannot share must say so.
func Each(t *testing.T, size int, test func(t *testing.T, f *fleet.Fleet)) {
	t.Helper()
	t.Run("process memory", func(t *testing.T) {
		f, err := fleet.Join("here", fleet.Options{Size: size, Node: fleet.Node(0)})
		Must(t, err)
		defer func() { Must(t, f.Close()) }()
		test(t, f)
	})
	t.Run("shared memory", func(t *testing.T) {
		if !Shareable() {
			_, err := fleet.JoinShared("there", fleet.Options{Size: size})
			if !errors.Is(err, shm.ErrUnsupported) {
				t.Errorf("a build that cannot share must say so, got: %v", err)
			}
			return
		}
		f := Shared(t, Name(t), size, 0)
		test(t, f)
	})
}

// Shared joins a fleet in shared memory as that node, until the test ends.
func Shared(t testing.TB, name string, size, node int) *fleet.Fleet {
	t.Helper()
	if !Shareable() {
		t.Skip("this build cannot share segments")
	}
	f, err := fleet.JoinShared(name, fleet.Options{Size: size, Node: fleet.Node(node)})
	Must(t, err)
	t.Cleanup(func() { Must(t, f.Close()) })
	return f
}

// Sibling joins f's fleet as another node, until the test ends.
func Sibling(t testing.TB, f *fleet.Fleet, node int) *fleet.Fleet {
	t.Helper()
	g, err := f.Sibling(fleet.Node(node))
	Must(t, err)
	t.Cleanup(func() { Must(t, g.Close()) })
	return g
}

// Must ends the test on an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
