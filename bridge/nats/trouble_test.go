package bridge

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestASlowLinkCostsItsImporterAndNeverThePublisher(t *testing.T) {
	s := startServer(t, nil)
	a, b := newHost(t, "a", 1024), newHost(t, "b", 1<<16)
	link := startProxy(t, s)
	ca, cb := a.config(link.url(), "b"), b.config(s.url(), "a")
	ca.Slowest = 5 * time.Second // slow is not dead
	ab, ba := run(t, ca), run(t, cb)
	ba.hears("")
	p, l := &publisher{t: t, bus: a.bus, topic: "t"}, newLedger(b)
	link.slow(2 << 20)
	p.publish(100_000) // some 9 MB, as fast as it goes; the socket's buffers take some
	published := time.Now()
	link.slow(0)
	l.through(p)
	missing, told := l.audit(p)
	t.Logf("%d arrived, %d missing, caught up %v after the last was published", l.got, missing, time.Since(published).Round(time.Millisecond))
	switch {
	case missing != told:
		t.Errorf("%d are missing, the gaps tell %d", missing, told)
	case missing == 0 || ab.counter("export_overrun") != missing:
		t.Errorf("%d are missing, %d were counted as overrun: back-pressure must be counted where it falls", missing, ab.counter("export_overrun"))
	}
}

// Every message that ever went over the wire comes again, in the order it had
// and backwards.
func TestMessagesThatComeAgainAreDropped(t *testing.T) {
	s := startServer(t, nil)
	a, b := newHost(t, "a", 4096), newHost(t, "b", 1<<14)
	run(t, a.config(s.url(), "b"))
	ba := run(t, b.config(s.url(), "a"))
	nc, err := nats.Connect(s.url())
	fleettest.Must(t, err)
	defer nc.Close()
	tap, err := nc.SubscribeSync("orbit.shop.a.event")
	fleettest.Must(t, err)
	ba.hears("")
	p, l := &publisher{t: t, bus: a.bus, topic: "t"}, newLedger(b)
	var wire []*nats.Msg
	for range 20 {
		p.publish(50)
		l.through(p)
		for {
			msg, err := tap.NextMsg(20 * time.Millisecond)
			if err != nil {
				break
			}
			wire = append(wire, msg)
		}
	}
	before := ba.counter("import_messages")
	for i := range wire {
		fleettest.Must(t, nc.Publish(wire[i].Subject, wire[i].Data))
		fleettest.Must(t, nc.Publish(wire[i].Subject, wire[len(wire)-1-i].Data))
	}
	fleettest.Must(t, nc.Flush())
	until(t, "all to arrive again", func() bool { return ba.counter("import_messages") >= before+2*uint64(len(wire)) })
	p.publish(50)
	l.through(p)
	if missing, _ := l.audit(p); missing > 0 || len(l.gaps) > 0 {
		t.Errorf("%d are missing, in the gaps %v", missing, l.gaps)
	}
	if n := ba.counter("import_duplicates"); n < 2000 {
		t.Errorf("only %d duplicates were dropped: nothing was tested", n)
	}
}

// kill runs a bridge of a host as a process, kills it at some moment while events
// are published, and starts it again, some times over.
func kill(t *testing.T, stream string, victim, other func(a, b *host) *host) (*publisher, *ledger, *running) {
	s := startServer(t, nil)
	a, b := newHost(t, "a", 1<<13), newHost(t, "b", 1<<18)
	v, o := victim(a, b), other(a, b)
	c := o.config(s.url(), v.name)
	c.Stream = stream
	stays := run(t, c)
	start := func() *fleettest.Child {
		child := fleettest.Start(t, "bridge", v.name, o.name, v.dir, s.url(), itoa(int(v.events.Capacity)), stream)
		child.Expect("open in %s", base(v.dir))
		return child
	}
	p, l := &publisher{t: t, bus: a.bus, topic: "t"}, newLedger(b)
	child := start()
	child.Expect("heard")
	stays.hears(stream)
	for range 4 {
		for range 40 {
			p.publish(100)
			time.Sleep(500 * time.Microsecond)
			l.take()
		}
		if v == b {
			l.deaths++
		}
		child.Kill()
		p.publish(200)
		child = start()
	}
	l.through(p)
	child.Leave()
	return p, l, stays
}

func first(a, _ *host) *host  { return a }
func second(_, b *host) *host { return b }

func TestAnExporterThatIsKilledRepeatsAndHidesNothing(t *testing.T) {
	both(t, func(t *testing.T, stream string) {
		p, l, importer := kill(t, stream, first, second)
		missing, told := l.audit(p)
		t.Logf("%d events, %d arrived, %d missing in %d gaps that tell %d, %d duplicates dropped",
			len(p.at), l.got, missing, len(l.gaps), told, importer.counter("import_duplicates"))
		// The ring holds all that was published while it was dead.
		if missing > 0 {
			t.Errorf("%d are missing though they were all in the ring when the exporter came back", missing)
		}
	})
}

func TestAnImporterThatIsKilledRepeatsAndHidesNothing(t *testing.T) {
	both(t, func(t *testing.T, stream string) {
		p, l, _ := kill(t, stream, second, first)
		missing, told := l.audit(p)
		t.Logf("%d events, %d arrived, %d missing in %d gaps that tell %d", len(p.at), l.got, missing, len(l.gaps), told)
		if stream != "" && missing > 0 {
			t.Errorf("%d are missing though the stream keeps them", missing)
		}
		if stream == "" && missing == 0 {
			t.Error("nothing was lost while the importer was dead: nothing was tested")
		}
	})
}

func TestClocksThatDisagreeChangeNothing(t *testing.T) {
	for _, skew := range []time.Duration{-time.Hour, time.Hour} {
		t.Run(skew.String(), func(t *testing.T) {
			s := startServer(t, nil)
			a, b := newHost(t, "a", 4096), newHost(t, "b", 1<<14)
			ca, cb := a.config(s.url(), "b"), b.config(s.url(), "a")
			ca.now = func() time.Time { return time.Now().Add(skew) }
			run(t, ca)
			ba := run(t, cb)
			ba.hears("")
			p, l := &publisher{t: t, bus: a.bus, topic: "t"}, newLedger(b)
			p.publish(1000)
			ca.now = func() time.Time { return time.Now().Add(-skew) }
			p.publish(1000)
			l.through(p)
			if missing, _ := l.audit(p); missing > 0 || len(l.gaps) > 0 {
				t.Errorf("%d are missing, in the gaps %v", missing, l.gaps)
			}
			if skewed := ba.counter("import_clock_skew") > 0; skewed != (skew > 0) {
				t.Errorf("a clock that is %v ahead was noticed: %v", skew, skewed)
			}
		})
	}
}
