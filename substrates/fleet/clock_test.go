package fleet_test

import (
	"testing"

	"github.com/orbitring/orbit/substrates/fleet"
)

func TestTheClockNeverGoesBack(t *testing.T) {
	last := fleet.Now()
	if last <= 0 {
		t.Errorf("now is %v", last)
	}
	for range 1000 {
		now := fleet.Now()
		if now < last {
			t.Fatalf("%v after %v", now, last)
		}
		last = now
	}
}
