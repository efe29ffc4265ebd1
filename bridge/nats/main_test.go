package bridge

import (
	"testing"

	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestMain(m *testing.M) {
	fleettest.Main(m, map[string]fleettest.Role{
		"bridge": bridgeRole, "server": serverRole, "publisher": publisherRole,
	})
}
