package bridge

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

// chaos is how much the test of restarts and partitions does; the variable makes
// it the long campaign.
func chaos(t *testing.T) (events, disturbances int) {
	events, disturbances = 20_000, 6
	if text := os.Getenv("ORBIT_BRIDGE_CHAOS"); text != "" {
		n, err := strconv.Atoi(text)
		fleettest.Must(t, err)
		events, disturbances = n, 60
	}
	return events, disturbances
}

// Servers restart, the exporter's and the importer's links break, fall silent
// and come back, while one member publishes. Nothing may come twice, and what
// does not come must be told.
func TestRestartsAndPartitionsNeitherRepeatNorHideAnything(t *testing.T) {
	both(t, func(t *testing.T, stream string) {
		events, disturbances := chaos(t)
		s := startServer(t, nil)
		out, in := startProxy(t, s), startProxy(t, s)
		a, b := newHost(t, "a", 1<<14), newHost(t, "b", 1<<18)
		ca, cb := a.config(out.url(), "b"), b.config(in.url(), "a")
		ca.Stream, cb.Stream = stream, stream
		ab, ba := run(t, ca), run(t, cb)
		p, l := &publisher{t: t, bus: a.bus, topic: "t"}, newLedger(b)
		ba.hears(stream)

		var disturbing atomic.Bool
		disturbing.Store(true)
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			for len(p.at) < events || disturbing.Load() {
				p.publish(100)
				time.Sleep(time.Millisecond)
			}
		}()
		did := map[string]int{}
		for i := range disturbances {
			links := []*proxy{out, in}[rand.IntN(2):][:1]
			if rand.IntN(3) == 0 {
				links = []*proxy{out, in}
			}
			var what string
			switch i % 3 {
			case 0:
				what = "server restarts"
				s.restart()
			case 1:
				what = "partitions"
				each(links, (*proxy).silence)
				time.Sleep(time.Duration(rand.IntN(900)) * time.Millisecond) // some are noticed, some are not
				each(links, (*proxy).pass)
			case 2:
				what = "broken links"
				each(links, (*proxy).cut)
			}
			did[what]++
			wait := time.Duration(rand.IntN(300)) * time.Millisecond
			for began := time.Now(); time.Since(began) < wait; time.Sleep(time.Millisecond) {
				l.take()
			}
		}
		disturbing.Store(false)
		for ended := false; !ended; time.Sleep(time.Millisecond) {
			l.take()
			select {
			case <-stopped:
				ended = true
			default:
			}
		}
		l.through(p)
		missing, told := l.audit(p)
		t.Logf("%d events, %v: %d arrived once, %d missing in %d gaps that tell %d, %d duplicates dropped, exporter: %d rewinds, %d overrun; importer: %d disconnects",
			len(p.at), did, l.got, missing, len(l.gaps), told, ba.counter("import_duplicates"),
			ab.counter("export_rewinds"), ab.counter("export_overrun"), ba.counter("nats_disconnects"))
		if l.got+int(missing) != len(p.at) {
			t.Errorf("%d arrived and %d are missing of %d", l.got, missing, len(p.at))
		}
		// All of the origin's ring was to be exported but the gap records that its
		// own bridge has published there.
		if others := ab.counter("import_gaps"); told < missing || told > missing+others {
			t.Errorf("%d are missing, the gaps tell %d, and only %d positions of the ring were others", missing, told, others)
		}
		if n := ab.counter("nats_disconnects") + ba.counter("nats_disconnects"); n == 0 {
			t.Error("no connection was ever lost: nothing was tested")
		}
		if stream != "" && missing > ab.counter("export_overrun") {
			t.Errorf("%d are missing though the stream keeps all but the %d that were overwritten before they were read", missing, ab.counter("export_overrun"))
		}
	})
}

func each[T any](all []T, do func(T)) {
	for _, x := range all {
		do(x)
	}
}
