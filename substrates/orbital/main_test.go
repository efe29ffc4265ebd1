package orbital_test

import (
	"testing"

	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
	"github.com/orbitring/orbit/substrates/orbital"
)

func TestMain(m *testing.M) {
	fleettest.Main(m, map[string]fleettest.Role{"loader": loader, "storer": storer, "waiter": waiter})
}

var must = fleettest.Must

type answer struct{ N uint64 }

func (answer) OrbitKind() uint8 { return 42 }

// twin has the shape of answer and another kind.
type twin struct{ N uint64 }

func (twin) OrbitKind() uint8 { return 43 }

func newOrbital[T fleet.Kinder](t testing.TB, f *fleet.Fleet) *orbital.Orbital[T] {
	t.Helper()
	o, err := orbital.New[T](f)
	must(t, err)
	return o
}
