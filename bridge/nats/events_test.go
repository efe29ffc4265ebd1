package bridge

import (
	"testing"
)

// two makes two hosts, a server, and a bridge on each; the first publishes.
func two(t *testing.T, slots uint64, stream string) (a, b *host, s *natsServer, ab, ba *running, p *publisher, l *ledger) {
	t.Helper()
	s = startServer(t, nil)
	a, b = newHost(t, "a", slots), newHost(t, "b", slots)
	ca, cb := a.config(s.url(), "b"), b.config(s.url(), "a")
	ca.Stream, cb.Stream = stream, stream
	ab, ba = run(t, ca), run(t, cb)
	return a, b, s, ab, ba, &publisher{t: t, bus: a.bus, topic: "t"}, newLedger(b)
}

// both runs a test over core NATS and over JetStream.
func both(t *testing.T, test func(t *testing.T, stream string)) {
	t.Run("core", func(t *testing.T) { test(t, "") })
	t.Run("JetStream", func(t *testing.T) { test(t, "orbit") })
}

func TestEventsArriveOnceInOrderAndNeverReturn(t *testing.T) {
	both(t, func(t *testing.T, stream string) {
		_, _, _, ab, ba, p, l := two(t, 4096, stream)
		ba.hears(stream)
		p.publish(1000)
		l.through(p)
		if missing, _ := l.audit(p); stream != "" && missing > 0 {
			t.Errorf("%d events are missing though JetStream keeps them", missing)
		}
		if n := ab.counter("imported_frames"); n != 0 {
			t.Errorf("%d events came back to where they were published", n)
		}
		if n := ba.counter("exported_frames"); n != 0 {
			t.Errorf("%d imported events were exported again", n)
		}
	})
}
