package fleet_test

import (
	"testing"

	"github.com/orbitring/orbit/internal/killpoint"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestMain(m *testing.M) {
	killpoint.Main()
	fleettest.Main(m, roles)
}

// roles are the children's; more come with the tests of one system.
var roles = map[string]fleettest.Role{
	"member": member,
	"storer": storer,
	"loader": loader,
	"ids":    takeIDs,
}

var must = fleettest.Must
