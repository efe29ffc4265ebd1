package event_test

import (
	"sync/atomic"
	"testing"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
)

// BenchmarkPublish compares an event of 64 bytes and a topic of 6 with the bare
// publish of as many bytes into a shared ring.
func BenchmarkPublish(b *testing.B) {
	f, err := fleet.Join("bench", fleet.Options{Size: 1})
	must(b, err)
	defer f.Close()
	bus := openBus(b, f, event.Options{})
	family, err := f.OpenReserved(event.Kind, fleet.Spec{TypeName: "orbit.event"})
	must(b, err)
	payload := make([]byte, 64)
	run := func(way string, publish func() (netid64.ID, error)) {
		b.Run("way="+way, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := publish(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	w, err := family.Writer()
	must(b, err)
	bare := make([]byte, 70)
	run("ring", func() (netid64.ID, error) { return w.Publish(6, 0, bare) })
	must(b, w.Close())
	p, err := bus.Publisher()
	must(b, err)
	run("publisher", func() (netid64.ID, error) { return p.Publish("orders", payload) })
	must(b, p.Close())
	run("bus", func() (netid64.ID, error) { return bus.Publish("orders", payload) })
}

// BenchmarkPoll compares polling all of 1000 events with polling the one in 100
// that has the topic. One operation is a poll through the whole ring.
func BenchmarkPoll(b *testing.B) {
	for _, size := range []int{32, 200} {
		f, err := fleet.Join("bench", fleet.Options{Size: 1})
		must(b, err)
		defer f.Close()
		bus := openBus(b, f, event.Options{})
		payload := make([]byte, size)
		for i := range 1000 {
			topic := "orders"
			if i%100 == 0 {
				topic = "rare"
			}
			_, err := bus.Publish(topic, payload)
			must(b, err)
		}
		dst := make([]event.Event, 1000)
		run := func(way string, want int, poll func(*event.Subscriber) (int, ring.Loss, error)) {
			b.Run(way, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					s, err := bus.Subscribe(ring.Oldest)
					must(b, err)
					if n, _, err := poll(s); n != want || err != nil {
						b.Fatal(n, err)
					}
					s.Close()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/event")
			})
		}
		name := map[int]string{32: "payload=32", 200: "payload=200"}[size]
		run(name+"/way=all", 1000, func(s *event.Subscriber) (int, ring.Loss, error) { return s.Poll(dst) })
		run(name+"/way=topic", 10, func(s *event.Subscriber) (int, ring.Loss, error) { return s.PollTopic("rare", dst) })
	}
}

// BenchmarkLockedAdd is the floor that the other figures are read against.
func BenchmarkLockedAdd(b *testing.B) {
	var n atomic.Uint64
	for b.Loop() {
		n.Add(1)
	}
}
