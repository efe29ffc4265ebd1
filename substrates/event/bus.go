package event

import (
	"errors"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Kind is the kind of the ring of all events.
const Kind = 220

// Options say what the ring of events looks like. All members of a fleet must
// say the same.
type Options struct {
	Capacity uint64 // events that the ring holds, a power of two; 0 is 1024
	Size     uint32 // bytes of an event, topic and payload together; 0 is 256
}

// Bus is the event bus as a member of a fleet has it. Any number of goroutines
// may use it, but none of its methods may run while the fleet is closed. Any
// number of buses of one fleet are the same.
type Bus struct {
	family *fleet.Family
	size   int
}

// Open opens the bus of a fleet. Errors are those of fleet.Fleet.Family:
// layout.ErrMismatch if other members have other Options.
func Open(f *fleet.Fleet, o Options) (*Bus, error) {
	family, err := f.OpenReserved(Kind, fleet.Spec{Capacity: o.Capacity, Payload: o.Size, TypeName: "orbit.event"})
	if err != nil {
		return nil, err
	}
	size := family.Ring().PayloadCapacity()
	return &Bus{family: family, size: size}, nil
}

// Publish publishes an event and returns its id, whose counter is its place in
// the order of all events. The goroutines of this process take turns; one that
// publishes alone gets a Publisher and pays no lock. payload is not kept.
// Errors: ErrTopic, ring.ErrPayload when topic and payload do not fit,
// fleet.ErrNodeHeld while there is a Publisher, fleet.ErrClosed, and those of
// ring.Writer.Publish. Nothing is allocated.
func (b *Bus) Publish(topic string, payload []byte) (netid64.ID, error) {
	if err := b.check(topic, payload); err != nil {
		return 0, err
	}
	return b.family.PublishParts(uint8(len(topic)), digest(topic), bytesOf(topic), payload)
}

func (b *Bus) check(topic string, payload []byte) error {
	if err := checkTopic(topic); err != nil {
		return err
	}
	switch room := b.size - len(topic); {
	case room < 0:
		return &TopicError{Size: len(topic), Limit: b.size}
	case len(payload) > room:
		return &ring.PayloadError{Size: len(payload), Limit: room}
	}
	return nil
}

// Publisher hands the publishing of this member to the caller's goroutine: see
// Publisher.
func (b *Bus) Publisher() (*Publisher, error) {
	w, err := b.family.Writer()
	if err != nil {
		return nil, err
	}
	return &Publisher{bus: b, w: w}, nil
}

// Publisher publishes as this node without any lock: for a goroutine that
// publishes often. One goroutine at a time may use it. While it is open,
// Bus.Publish and another Publisher of this member are refused with
// fleet.ErrNodeHeld.
type Publisher struct {
	bus *Bus
	w   *ring.Writer
}

// lapTries bounds how often an event that was lapped is published once more.
const lapTries = 16

// Publish is Bus.Publish without the lock.
func (p *Publisher) Publish(topic string, payload []byte) (netid64.ID, error) {
	if err := p.bus.check(topic, payload); err != nil {
		return 0, err
	}
	op, version := uint8(len(topic)), digest(topic)
	id, err := p.w.PublishParts(op, version, bytesOf(topic), payload)
	for try := 0; err != nil && try < lapTries && errors.Is(err, ring.ErrLapped); try++ {
		id, err = p.w.PublishParts(op, version, bytesOf(topic), payload)
	}
	return id, err
}

// Close gives the publishing back. Calling it again does nothing.
func (p *Publisher) Close() error { return p.w.Close() }
