package inspect_test

import (
	"testing"
	"time"

	"github.com/orbitring/orbit/inspect"
	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/contest"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestTailDecodesFramesOfTheCacheAndTheContest(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 4, 0)
	c, err := cache.Open(f, cache.Options{})
	must(t, err)
	_, err = c.Put("user:1", []byte("ada"), time.Hour)
	must(t, err)
	_, err = c.Put("user:2", []byte("bob"), cache.Forever)
	must(t, err)
	_, err = c.Delete("user:1")
	must(t, err)
	_, err = c.Reset("user:")
	must(t, err)
	frames, _ := follow(t, source(t, f.Name(), "cache"), inspect.Tail{Back: 10})
	for i, want := range []inspect.Cached{{Action: "put", Key: "user:1"}, {Action: "put", Key: "user:2"}, {Action: "delete", Key: "user:1"}, {Action: "reset", Key: "user:"}} {
		got := frames[i].Cache
		if got == nil || got.Action != want.Action || got.Key != want.Key || (got.Expires != 0) != (i == 0) || i == 0 && (got.Value.Text != "ada" || got.Left <= 59*time.Minute || got.Left > time.Hour) {
			t.Errorf("%d: %+v", i, got)
		}
	}
	table, err := contest.Open(f, contest.Options{})
	must(t, err)
	g, _, err := table.Claim(contest.Subject{Kind: 9, Label: "leader"}, "worker:1", time.Hour)
	must(t, err)
	must(t, g.Release())
	frames, _ = follow(t, source(t, f.Name(), "contest"), inspect.Tail{Back: 10})
	if len(frames) != 2 {
		t.Fatalf("%+v", frames)
	}
	for i, change := range []string{"claimed", "released"} {
		if got := frames[i].Claim; got == nil || got.Change != change || got.Kind != 9 || got.Label != "leader" || got.Owner != "worker:1" || got.Token == 0 || i == 0 && (got.Left <= 59*time.Minute || got.Left > time.Hour) {
			t.Errorf("%+v", got)
		}
	}
}
