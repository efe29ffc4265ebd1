package event_test

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestASubscriberFromTheBeginningGetsWhatWasPublishedAndThenNothing(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{})
		publish(t, b, "a 1", "b 2")
		s := subscribe(t, b, ring.Oldest)
		expect(t, s, "", ring.Loss{}, "a 1", "b 2")
		expect(t, s, "", ring.Loss{})
		publish(t, b, "a 3")
		expect(t, s, "", ring.Loss{}, "a 3")
	})
}

func TestASubscriberFromNowGetsOnlyLaterEvents(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{})
		publish(t, b, "a 1", "a 2", "a 3")
		now, back := subscribe(t, b, ring.Now), subscribe(t, b, ring.Back(2))
		publish(t, b, "a 4")
		expect(t, now, "", ring.Loss{}, "a 4")
		expect(t, back, "", ring.Loss{}, "a 2", "a 3", "a 4")
	})
}

func TestPollingOneTopicPassesAllTopics(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{})
		s := subscribe(t, b, ring.Oldest)
		publish(t, b, "a 1", "b 2", "a 3", "b 4")
		expect(t, s, "a", ring.Loss{}, "a 1", "a 3")
		expect(t, s, "", ring.Loss{})
	})
}

func TestARingOf2AndThreeEventsMakeALagOf1(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{Capacity: 2})
		s, topical := subscribe(t, b, ring.Oldest), subscribe(t, b, ring.Oldest)
		publish(t, b, "a 1", "b 2", "a 3")
		expect(t, s, "", ring.Loss{Overwritten: 1}, "b 2", "a 3")
		expect(t, s, "", ring.Loss{})
		expect(t, topical, "a", ring.Loss{Overwritten: 1}, "a 3")
		if s.Loss() != (ring.Loss{Overwritten: 1}) {
			t.Errorf("lost %+v", s.Loss())
		}
	})
}

func TestLagIsReportedByCause(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{})
		s := subscribe(t, b, ring.Oldest)
		publish(t, b, "a 1", "a 2")
		family, err := f.OpenReserved(event.Kind, fleet.Spec{TypeName: "orbit.event"})
		must(t, err)
		must(t, family.Ring().Reset())
		must(t, family.Do(func(w *ring.Writer) error {
			r, err := w.Reserve(3)
			r.Abort()
			return err
		}))
		publish(t, b, "a 3")
		expect(t, s, "", ring.Loss{Unavailable: 1, Reset: 2}, "a 3")
	})
}

func TestPublishersAndSubscribersOfAllMembersHaveOneOrder(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		const each = 400
		g := fleettest.Sibling(t, f, 1)
		buses := []*event.Bus{openBus(t, f, event.Options{}), openBus(t, g, event.Options{})}
		var all sync.WaitGroup
		for _, b := range buses {
			all.Go(func() {
				for range each {
					if _, err := b.Publish("topic", []byte("payload")); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		var orders [2][]netid64.ID
		for i, b := range buses {
			for e := range subscribe(t, b, ring.Oldest).Events(0) {
				orders[i] = append(orders[i], e.ID)
			}
		}
		if len(orders[0]) != 2*each || !slices.Equal(orders[0], orders[1]) {
			t.Errorf("%d and %d events, equal: %v", len(orders[0]), len(orders[1]), slices.Equal(orders[0], orders[1]))
		}
		var of [2]int
		for i, id := range orders[0] {
			of[id.Node()]++
			if id.Kind() != event.Kind || id.Counter() != uint64(i) {
				t.Fatalf("event %d has the id %v", i, id)
			}
		}
		if of != [2]int{each, each} {
			t.Errorf("events by node: %v", of)
		}
	})
}

func TestOnePollDeliversNoMoreThanItsLimit(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{})
		s := subscribe(t, b, ring.Oldest)
		publish(t, b, "a 1", "a 2", "b 3", "a 4")
		dst := make([]event.Event, 2)
		if n, _, err := s.Poll(dst); n != 2 || err != nil {
			t.Errorf("%d events (%v)", n, err)
		}
		if n, _, err := s.Poll(nil); n != 0 || err != nil {
			t.Errorf("%d events (%v)", n, err)
		}
		if n, _, err := s.PollTopic("b", dst[:1]); n != 1 || err != nil {
			t.Errorf("%d events (%v)", n, err)
		}
		n := 0
		for e := range s.Events(5) {
			if n++; string(e.Payload) != "4" {
				t.Errorf("%s", e.Payload)
			}
		}
		if n != 1 {
			t.Errorf("%d events", n)
		}
	})
}

func TestEventsStopAtTheirLimitAndWhereTheLoopDoes(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{})
		s := subscribe(t, b, ring.Oldest)
		publish(t, b, "a 1", "b 2", "a 3", "b 4", "a 5", "a 6", "a 7")
		var got []string
		for e := range s.EventsOf("a", 2) {
			got = append(got, string(e.Payload))
		}
		for e := range s.Events(2) {
			got = append(got, string(e.Payload))
		}
		for e := range s.Events(0) {
			got = append(got, string(e.Payload))
			break
		}
		if strings.Join(got, "") != "13456" {
			t.Errorf("got %v", got)
		}
	})
}

func TestBadTopicsAndPayloadsAreRefusedAndNothingIsPublished(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{Size: 300})
		s := subscribe(t, b, ring.Oldest)
		p, err := b.Publisher()
		must(t, err)
		for _, publish := range []func(string, []byte) (netid64.ID, error){p.Publish, b.Publish} {
			for _, size := range []int{0, 256} {
				_, err := publish(strings.Repeat("x", size), nil)
				if detail, ok := errors.AsType[*event.TopicError](err); !ok || detail.Size != size || detail.Limit != 255 || !errors.Is(err, event.ErrTopic) {
					t.Errorf("a topic of %d bytes: %v", size, err)
				}
			}
			_, err := publish("topic", make([]byte, 296))
			if detail, ok := errors.AsType[*ring.PayloadError](err); !ok || detail.Size != 296 || detail.Limit != 295 {
				t.Errorf("a payload of 296 bytes: %v", err)
			}
			if _, err := publish("topic", make([]byte, 295)); err != nil {
				t.Error(err)
			}
			must(t, p.Close())
		}
		if n, _, err := s.Poll(make([]event.Event, 10)); n != 2 || err != nil {
			t.Errorf("%d events (%v)", n, err)
		}
		if _, _, err := s.PollTopic("", make([]event.Event, 1)); !errors.Is(err, event.ErrTopic) {
			t.Errorf("polling no topic: %v", err)
		}
	})
}

func TestATopicLongerThanTheRingsEventsIsRefused(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{Size: 8})
		_, err := b.Publish("ninebytes", nil)
		if detail, ok := errors.AsType[*event.TopicError](err); !ok || detail.Size != 9 || detail.Limit != 8 {
			t.Error(err)
		}
		publish(t, b, "8bytes!!")
	})
}

func TestMembersMustAgreeOnTheBus(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		openBus(t, f, event.Options{Capacity: 64})
		openBus(t, f, event.Options{Capacity: 64})
		for where, m := range map[string]*fleet.Fleet{"the same member": f, "another": fleettest.Sibling(t, f, 1)} {
			_, err := event.Open(m, event.Options{Capacity: 128})
			if detail, ok := errors.AsType[*layout.MismatchError](err); !ok || detail.Have != "64" || detail.Want != "128" {
				t.Errorf("%s: %v", where, err)
			}
		}
	})
}

func TestTopicsThatMeetInTheDigestStayApart(t *testing.T) {
	le := binary.LittleEndian
	mix := func(w uint64) uint64 { return bits.RotateLeft64(w*0x9e3779b97f4a7c15, 29) }
	one := []byte("aaaaaaaabbbbbbbb")
	two := []byte("cccccccc........")
	le.PutUint64(two[8:], mix(le.Uint64(one))^le.Uint64(one[8:])^mix(le.Uint64(two)))
	if event.Digest(string(one)) != event.Digest(string(two)) {
		t.Fatal("they do not meet")
	}
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{})
		for _, topic := range [][]byte{one, two, one} {
			_, err := b.Publish(string(topic), topic)
			must(t, err)
		}
		n := 0
		for e := range subscribe(t, b, ring.Oldest).EventsOf(string(two), 0) {
			if n++; string(e.Topic) != string(two) || string(e.Payload) != string(two) {
				t.Errorf("%q", e.Topic)
			}
		}
		if n != 1 {
			t.Errorf("%d events", n)
		}
	})
}

func TestShortTopicsOfEveryLengthStayApart(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{})
		long := "abcdefghijklmnopqrstuvwxyz"
		for n := 1; n <= len(long); n++ {
			publish(t, b, long[:n]+" x")
		}
		for n := 1; n <= len(long); n++ {
			expect(t, subscribe(t, b, ring.Oldest), long[:n], ring.Loss{}, long[:n]+" x")
		}
	})
}

func TestFramesThatAreNoEventsArePassedAndCounted(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{})
		family, err := f.OpenReserved(event.Kind, fleet.Spec{TypeName: "orbit.event"})
		must(t, err)
		for _, op := range []uint8{0, 4} {
			_, err := family.Publish(op, 0, []byte("abc"))
			must(t, err)
		}
		publish(t, b, "a 1")
		s := subscribe(t, b, ring.Oldest)
		expect(t, s, "", ring.Loss{}, "a 1")
		if s.Foreign() != 2 {
			t.Errorf("foreign %d", s.Foreign())
		}
		expect(t, subscribe(t, b, ring.Oldest), "a", ring.Loss{}, "a 1")
	})
}

func TestAPublisherPublishesAloneUntilItIsClosed(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{})
		publish(t, b, "a 1")
		p, err := b.Publisher()
		must(t, err)
		_, err = p.Publish("a", []byte("2"))
		must(t, err)
		if _, err := b.Publish("a", nil); !errors.Is(err, fleet.ErrNodeHeld) {
			t.Errorf("publish beside a publisher: %v", err)
		}
		if _, err := b.Publisher(); !errors.Is(err, fleet.ErrNodeHeld) {
			t.Errorf("a second publisher: %v", err)
		}
		must(t, p.Close())
		if _, err := p.Publish("a", nil); !errors.Is(err, fleet.ErrClosed) {
			t.Errorf("a closed publisher: %v", err)
		}
		publish(t, b, "a 3")
		expect(t, subscribe(t, b, ring.Oldest), "", ring.Loss{}, "a 1", "a 2", "a 3")
	})
}

func TestAClosedFleetOrSubscriberSaysSo(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{})
		s, err := b.Subscribe(ring.Oldest)
		must(t, err)
		must(t, s.Close())
		must(t, s.Close())
		for what, err := range map[string]error{
			"next": func() error { _, err := s.Next(new(event.Event)); return err }(),
			"poll": func() error { _, _, err := s.Poll(make([]event.Event, 1)); return err }(),
			"wait": s.Wait(t.Context()), "wait for a topic": s.WaitTopic(t.Context(), "a"),
		} {
			if !errors.Is(err, fleet.ErrClosed) {
				t.Errorf("%s: %v", what, err)
			}
		}
		must(t, f.Close())
		if _, err := b.Publish("a", nil); !errors.Is(err, fleet.ErrClosed) {
			t.Errorf("publish: %v", err)
		}
		if _, err := b.Subscribe(ring.Now); !errors.Is(err, fleet.ErrClosed) {
			t.Errorf("subscribe: %v", err)
		}
		if _, err := event.Open(f, event.Options{}); !errors.Is(err, fleet.ErrClosed) {
			t.Errorf("open: %v", err)
		}
	})
}

func TestHotPathsAllocateNothing(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		b := openBus(t, f, event.Options{})
		s := subscribe(t, b, ring.Oldest)
		payload := make([]byte, 100)
		dst := make([]event.Event, 4)
		for range 2 {
			publish(t, b, "a 1", "bb 2", "a 3", "bb 4", "a 5", "bb 6")
			s.Poll(dst[:3])
			s.PollTopic("bb", dst)
		}
		ctx := t.Context()
		if n := testing.AllocsPerRun(100, func() {
			b.Publish("orders", payload)
			b.Publish("orders.created", payload)
			s.Wait(ctx)
			s.Poll(dst[:1])
			s.PollTopic("orders.created", dst)
			for range s.Events(2) {
			}
		}); n > 0 {
			t.Errorf("%v allocations", n)
		}
		p, err := b.Publisher()
		must(t, err)
		defer p.Close()
		if n := testing.AllocsPerRun(100, func() { p.Publish("orders", payload) }); n > 0 {
			t.Errorf("a publisher makes %v allocations", n)
		}
	})
}
