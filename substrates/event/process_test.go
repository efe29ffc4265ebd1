package event_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

// join joins the fleet args[0] of size 4 as node args[1].
func join(args []string) (*fleet.Fleet, *event.Bus, error) {
	node, err := strconv.Atoi(args[1])
	if err != nil {
		return nil, nil, err
	}
	f, err := fleet.JoinShared(args[0], fleet.Options{Size: 4, Node: fleet.Node(node)})
	if err != nil {
		return nil, nil, err
	}
	b, err := event.Open(f, event.Options{})
	return f, b, err
}

// publisher publishes every line it hears under the topic "child".
func publisher(p *fleettest.Parent, args []string) error {
	f, b, err := join(args)
	if err != nil {
		return err
	}
	defer f.Close()
	for line, ok := p.Hear(); ok; line, ok = p.Hear() {
		id, err := b.Publish("child", []byte(line))
		if err != nil {
			return err
		}
		p.Say("%v", id)
	}
	return nil
}

// poller polls from the start when it hears a line and says what it got.
func poller(p *fleettest.Parent, args []string) error {
	f, b, err := join(args)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, ok := p.Hear(); ok; _, ok = p.Hear() {
		s, err := b.Subscribe(ring.Oldest)
		if err != nil {
			return err
		}
		dst := make([]event.Event, 16)
		n, lag, err := s.Poll(dst)
		if err != nil {
			return err
		}
		p.Say("%s lag %d", texts(dst[:n]), lag.Total())
		if err := s.Close(); err != nil {
			return err
		}
	}
	return nil
}

// parker parks until there is an event and says what it got, again and again.
func parker(p *fleettest.Parent, args []string) error {
	f, b, err := join(args)
	if err != nil {
		return err
	}
	defer f.Close()
	s, err := b.Subscribe(ring.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	s.SetWait(ring.Park)
	p.Say("ready")
	for _, ok := p.Hear(); ok; _, ok = p.Hear() {
		p.Say("parking")
		if err := s.Wait(context.Background()); err != nil {
			return err
		}
		dst := make([]event.Event, 16)
		n, lag, err := s.Poll(dst)
		if err != nil {
			return err
		}
		p.Say("%s lag %d", texts(dst[:n]), lag.Total())
	}
	return nil
}

func texts(events []event.Event) (all []string) {
	for _, e := range events {
		all = append(all, fmt.Sprintf("%v %s=%s", e.ID, e.Topic, e.Payload))
	}
	return all
}

func TestAChildsEventReachesItsParent(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 4, 0)
	s := subscribe(t, openBus(t, f, event.Options{}), ring.Oldest)
	c := fleettest.Start(t, "publisher", f.Name(), "2")
	c.Say("hello")
	c.Expect("220:2:0")
	expect(t, s, "", ring.Loss{}, "child hello")
	c.Leave()
}

func TestAParentsEventReachesItsChild(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 4, 0)
	publish(t, openBus(t, f, event.Options{}), "parent hello")
	c := fleettest.Start(t, "poller", f.Name(), "2")
	c.Say("poll")
	c.Expect("[220:0:0 parent=hello] lag 0")
	c.Leave()
}

func TestAllMembersSeeOneOrder(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 4, 0)
	b := openBus(t, f, event.Options{})
	s := subscribe(t, b, ring.Oldest)
	child, other := fleettest.Start(t, "publisher", f.Name(), "2"), fleettest.Start(t, "poller", f.Name(), "3")
	child.Say("first")
	child.Expect("220:2:0")
	publish(t, b, "parent second")
	dst := make([]event.Event, 16)
	n, _, err := s.Poll(dst)
	must(t, err)
	other.Say("poll")
	other.Expect("%s lag 0", texts(dst[:n]))
	if got := fmt.Sprint(texts(dst[:n])); got != "[220:2:0 child=first 220:0:1 parent=second]" {
		t.Error(got)
	}
	child.Leave()
	other.Leave()
}

func TestOnePublishWakesAllWhoAreParked(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 4, 0)
	b := openBus(t, f, event.Options{})
	var children []*fleettest.Child
	for node := 1; node <= 3; node++ {
		c := fleettest.Start(t, "parker", f.Name(), fmt.Sprint(node))
		c.Expect("ready")
		children = append(children, c)
	}
	for i := range 20 {
		for _, c := range children {
			c.Say("park")
		}
		for _, c := range children {
			c.Expect("parking")
		}
		publish(t, b, fmt.Sprintf("parent %d", i))
		for _, c := range children {
			c.Expect("[220:0:%d parent=%d] lag 0", i, i)
		}
	}
	for _, c := range children {
		c.Leave()
	}
}
