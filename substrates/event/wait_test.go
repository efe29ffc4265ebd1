package event_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestWaitReturnsWhenThereIsAnEvent(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		for _, how := range []ring.Strategy{ring.Auto, ring.Park} {
			b, other := openBus(t, f, event.Options{}), f
			s := subscribe(t, b, ring.Now)
			s.SetWait(how)
			rounds, took := 200, make(chan string)
			go func() {
				defer close(took)
				var e event.Event
				for range rounds {
					if err := s.Wait(context.Background()); err != nil {
						t.Error(err)
						return
					}
					if ok, err := s.Next(&e); !ok || err != nil {
						t.Errorf("%v %v", ok, err)
						return
					}
					took <- string(e.Payload)
				}
			}()
			from := openBus(t, other, event.Options{})
			for i := range rounds {
				publish(t, from, fmt.Sprintf("a %d", i))
				if got := <-took; got != fmt.Sprint(i) {
					t.Fatalf("%v: got %q, want %d", how, got, i)
				}
			}
			<-took
		}
	})
}

func TestWaitTopicPassesOtherTopicsAndKeepsTheEventForThePoll(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{})
		s := subscribe(t, b, ring.Oldest)
		publish(t, b, "a 1", "b 2", "a 3", "b 4")
		must(t, s.WaitTopic(t.Context(), "b"))
		must(t, s.WaitTopic(t.Context(), "b"))
		must(t, s.Wait(t.Context()))
		expect(t, s, "b", ring.Loss{}, "b 2", "b 4")

		publish(t, b, "a 5", "b 6", "a 7")
		must(t, s.WaitTopic(t.Context(), "b"))
		expect(t, s, "", ring.Loss{}, "b 6", "a 7")

		publish(t, b, "b 8", "a 9")
		must(t, s.WaitTopic(t.Context(), "b"))
		expect(t, s, "a", ring.Loss{}, "a 9")
	})
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{})
		s := subscribe(t, b, ring.Oldest)
		publish(t, b, "a 1")
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.WaitTopic(ctx, "b") }()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if err := s.Wait(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		publish(t, b, "b 2")
		must(t, s.WaitTopic(t.Context(), "b"))
		expect(t, s, "b", ring.Loss{}, "b 2")
	})
}
