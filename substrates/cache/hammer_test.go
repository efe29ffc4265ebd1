package cache_test

import "github.com/orbitring/orbit/substrates/fleet/fleettest"

func hammerRole(p *fleettest.Parent, args []string) error { return nil }
