package fleet_test

import (
	"testing"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestHotPathsAllocateNothing(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		answers, err := fleet.Of[answer](f)
		must(t, err)
		c, err := answers.Cursor(ring.Oldest)
		must(t, err)
		defer c.Close()
		v, item := answer{1}, fleet.Item[answer]{}
		buf := make([]byte, 256)
		to := bufferOf(256)
		id, err := answers.Publish(0, 0, &v)
		must(t, err)
		f.Publish(7, 0, 0, buf)
		for what, do := range map[string]func(){
			"publish":              func() { f.Publish(7, 0, 0, buf) },
			"read":                 func() { f.Read(id, to) },
			"read head":            func() { f.ReadHead(7, to) },
			"read head of a node":  func() { f.ReadHeadOf(7, 0, to) },
			"publish a type":       func() { answers.Publish(0, 0, &v) },
			"read a type":          func() { answers.Read(id, &item) },
			"read head of a type":  func() { answers.ReadHead(&item) },
			"next of a type":       func() { c.Next(&item) },
			"next id":              func() { f.NextID(7) },
			"the clock":            func() { fleet.Now() },
			"look at who is alive": func() { f.Alive(0) },
		} {
			if n := testing.AllocsPerRun(100, do); n != 0 {
				t.Errorf("%s allocates %v times", what, n)
			}
		}
	})
}
