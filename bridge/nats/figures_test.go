package bridge

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

// figures skips what only measures: it takes a quiet host.
func figures(t *testing.T) {
	if os.Getenv("ORBIT_BRIDGE_FIGURES") == "" {
		t.Skip("ORBIT_BRIDGE_FIGURES=1 measures")
	}
}

// arrivals reads the "t" events of the importing host, and fails on a gap.
func arrivals(t testing.TB, sub *event.Subscriber, each func(*event.Event)) {
	for e := range sub.Events(0) {
		switch {
		case string(e.Topic) == GapTopic:
			t.Fatalf("a gap: %s", e.Payload)
		case mappedNodes.has(e.ID.Node()):
			each(e)
		}
	}
	if lost := sub.Loss().Total(); lost > 0 {
		t.Fatalf("the subscriber lost %d", lost)
	}
}

func TestFigureOfThroughput(t *testing.T) {
	figures(t)
	both(t, func(t *testing.T, stream string) {
		const total, slots = 2_000_000, 1 << 16
		_, b, _, _, ba, p, _ := two(t, slots, stream)
		ba.hears(stream)
		sub, err := b.bus.Subscribe(ring.Now)
		fleettest.Must(t, err)
		defer sub.Close()
		var payload [proofSize]byte
		sent, got := uint64(0), uint64(0)
		began := time.Now()
		for got < total {
			for range 256 { // never so far ahead that the ring could come around
				if sent < total && sent-got < slots/2 {
					binary.LittleEndian.PutUint64(payload[:], sent)
					if _, err := p.bus.Publish("t", payload[:]); err != nil {
						t.Fatal(err)
					}
					sent++
				}
			}
			arrivals(t, sub, func(e *event.Event) {
				if seq := binary.LittleEndian.Uint64(e.Payload); seq != got {
					t.Fatalf("event %d came as number %d", seq, got)
				}
				got++
			})
		}
		took := time.Since(began)
		t.Logf("%d events of %d B from fleet to fleet in %v: %.0f events/s, %.1f a message",
			total, proofSize, took.Round(time.Millisecond), total/took.Seconds(), total/float64(ba.counter("import_messages")))
	})
}

// Server, bridges, publisher and subscriber are processes of their own, as they
// would be.
func TestFigureOfLatency(t *testing.T) {
	figures(t)
	both(t, func(t *testing.T, stream string) {
		const rate, total, slots = 20_000, 400_000, 1 << 16
		server := fleettest.Start(t, "server", t.TempDir())
		url := server.Hear()
		a, b := newHost(t, "a", slots), newHost(t, "b", slots)
		sub, err := b.bus.Subscribe(ring.Now)
		fleettest.Must(t, err)
		defer sub.Close()
		var bridges []*fleettest.Child
		for _, from := range [][2]*host{{b, a}, {a, b}} {
			bridge := fleettest.Start(t, "bridge", from[0].name, from[1].name, from[0].dir, url, itoa(slots), stream)
			bridge.Expect("open in %s", filepath.Base(from[0].dir))
			bridges = append(bridges, bridge)
		}
		for _, bridge := range bridges {
			bridge.Expect("heard") // of the other one, so both must run
		}
		publisher := fleettest.Start(t, "publisher", a.dir, itoa(slots), itoa(rate), itoa(total))
		took := make([]time.Duration, 0, total)
		for len(took) < total {
			if err := sub.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			arrivals(t, sub, func(e *event.Event) {
				took = append(took, fleet.Now()-time.Duration(binary.LittleEndian.Uint64(e.Payload)))
			})
		}
		slices.Sort(took)
		at := func(q float64) time.Duration { return took[int(math.Ceil(q*total))-1].Round(time.Microsecond) }
		t.Logf("%d events/s of %d B for %d s, from the moment each was due: p50 %v, p90 %v, p99 %v, p99.9 %v, max %v; %s",
			rate, proofSize, total/rate, at(.5), at(.9), at(.99), at(.999), at(1), publisher.Hear())
		publisher.Leave()
		for _, bridge := range bridges {
			bridge.Leave()
		}
		server.Leave()
	})
}

// One member publishes as fast as it can, in turns without a bridge and with one
// whose server is not there, or was and is gone.
func TestFigureOfPublishingWhileTheNetworkIsDown(t *testing.T) {
	figures(t)
	const turns, perTurn = 15, 1_000_000
	s := startServer(t, nil)
	a := newHost(t, "a", 1<<14)
	publisher, err := a.bus.Publisher()
	fleettest.Must(t, err)
	defer publisher.Close()
	payload := make([]byte, proofSize)
	turn := func() float64 {
		began := time.Now()
		for range perTurn {
			if _, err := publisher.Publish("t", payload); err != nil {
				t.Fatal(err)
			}
		}
		return float64(time.Since(began).Nanoseconds()) / perTurn
	}
	url := s.url()
	s.stop()
	defer s.start()
	var alone, attached []float64
	turn()
	for i := range turns {
		// The bridge is a process of its own, as it would be. It is there before the
		// turn begins, and in every second turn it has been connected before.
		measure := func() { alone = append(alone, turn()) }
		with := func() {
			lost := i%2 == 1
			if lost {
				s.start()
			}
			bridge := fleettest.Start(t, "bridge", "a", "b", a.dir, url, itoa(1<<14), "")
			bridge.Expect("open in %s", filepath.Base(a.dir))
			if lost {
				until(t, "the bridge to connect", func() bool { return s.s.NumClients() > 0 })
				s.stop()
			}
			attached = append(attached, turn())
			bridge.Kill()
		}
		if i%4 < 2 {
			measure()
			with()
		} else {
			with()
			measure()
		}
	}
	slices.Sort(alone)
	slices.Sort(attached)
	x, y := alone[turns/2], attached[turns/2]
	t.Logf("%d turns each of %d events of %d B: without a bridge median %.1f ns (%.1f to %.1f), with one and the network down %.1f ns (%.1f to %.1f): publish rate %+.2f %%",
		turns, perTurn, proofSize, x, alone[0], alone[turns-1], y, attached[0], attached[turns-1], 100*(x/y-1))
}

// serverRole is a NATS server as a process of its own.
func serverRole(p *fleettest.Parent, args []string) error {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, JetStream: true, StoreDir: args[0]})
	if err != nil {
		return err
	}
	go s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		return errors.New("the server does not start")
	}
	p.Say("%s", s.ClientURL())
	p.Stay()
	s.Shutdown()
	return nil
}

// publisherRole publishes at a rate events that carry the moment when they were
// due, and tells how late it was itself.
func publisherRole(p *fleettest.Parent, args []string) error {
	var n [3]int
	for i := range n {
		var err error
		if n[i], err = strconv.Atoi(args[1+i]); err != nil {
			return err
		}
	}
	slots, rate, total := n[0], n[1], n[2]
	f, err := fleet.JoinShared("shop", fleet.Options{Size: fleetSize, Dir: args[0], Node: fleet.Node(1)})
	if err != nil {
		return err
	}
	defer f.Close()
	bus, err := event.Open(f, event.Options{Capacity: uint64(slots), Size: 128})
	if err != nil {
		return err
	}
	var payload [proofSize]byte
	late := make([]time.Duration, total)
	began := fleet.Now()
	for i := range late {
		due := began + time.Duration(i)*time.Second/time.Duration(rate)
		for wait := due - fleet.Now(); wait > 0; wait = due - fleet.Now() {
			nap(wait)
		}
		binary.LittleEndian.PutUint64(payload[:], uint64(due))
		if _, err := bus.Publish("t", payload[:]); err != nil {
			return err
		}
		late[i] = fleet.Now() - due
	}
	slices.Sort(late)
	p.Say("of which the publisher was late by p50 %v, p99 %v, max %v", late[total/2].Round(time.Microsecond),
		late[total*99/100].Round(time.Microsecond), late[total-1].Round(time.Microsecond))
	p.Stay()
	return nil
}
