package event_test

import (
	"fmt"
	"testing"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestMain(m *testing.M) {
	fleettest.Main(m, map[string]fleettest.Role{"publisher": publisher, "poller": poller, "parker": parker})
}

var must = fleettest.Must

func openBus(t testing.TB, f *fleet.Fleet, o event.Options) *event.Bus {
	t.Helper()
	b, err := event.Open(f, o)
	must(t, err)
	return b
}

func subscribe(t testing.TB, b *event.Bus, from ring.Start) *event.Subscriber {
	t.Helper()
	s, err := b.Subscribe(from)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// publish publishes each "topic payload".
func publish(t testing.TB, b *event.Bus, events ...string) {
	t.Helper()
	for _, e := range events {
		var topic, payload string
		fmt.Sscan(e, &topic, &payload)
		_, err := b.Publish(topic, []byte(payload))
		must(t, err)
	}
}

// expect polls, for one topic unless it is "", and wants each "topic payload"
// and this lag.
func expect(t testing.TB, s *event.Subscriber, topic string, lag ring.Loss, events ...string) {
	t.Helper()
	dst := make([]event.Event, 16)
	var n int
	var got ring.Loss
	var err error
	if topic == "" {
		n, got, err = s.Poll(dst)
	} else {
		n, got, err = s.PollTopic(topic, dst)
	}
	must(t, err)
	var texts []string
	for _, e := range dst[:n] {
		texts = append(texts, fmt.Sprintf("%s %s", e.Topic, e.Payload))
	}
	if fmt.Sprint(texts) != fmt.Sprint(events) || got != lag {
		t.Errorf("polled %q, lag %+v; want %q, lag %+v", texts, got, events, lag)
	}
}
