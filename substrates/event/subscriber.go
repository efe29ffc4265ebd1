package event

import (
	"iter"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
)

// Event is an event as a subscriber gets it. The caller owns it: its topic and
// payload hold until it is handed in again. The zero Event is ready; it gets its
// buffer when first filled.
type Event struct {
	ID      netid64.ID // its counter is the place in the order, its node the publisher
	Topic   []byte
	Payload []byte

	frame ring.Frame
}

// Subscriber is a reader's own place in the order of events. One goroutine at a
// time may use it. It stores nothing that others see.
type Subscriber struct {
	cursor   *ring.Cursor
	size     int // bytes that an event can have
	slots    int // events that the ring holds
	reported ring.Loss
	foreign  uint64

	held    Event // found by WaitTopic, not handed out yet
	holding bool
	each    Event // of Events
}

// Subscribe makes a subscriber that begins at the oldest event that is still
// there (ring.Oldest), with those published from now on (ring.Now), or some
// events back (ring.Back). Close it when done.
func (b *Bus) Subscribe(from ring.Start) (*Subscriber, error) {
	c, err := b.family.Cursor(from)
	if err != nil {
		return nil, err
	}
	return &Subscriber{cursor: c, size: b.size, slots: int(b.family.Ring().Identity().Geometry.Capacity)}, nil
}

// Next copies the next event into e. False: there is none yet. fleet.ErrClosed
// after Close. Nothing is allocated once e has a buffer.
func (s *Subscriber) Next(e *Event) (bool, error) {
	if s.holding {
		s.release(e)
		return true, nil
	}
	for range s.slots {
		if ok, err := s.cursor.Next(s.buffer(e)); !ok {
			return false, err
		}
		if e.open() {
			return true, nil
		}
		s.foreign++
	}
	return false, nil
}

// NextOf copies the next event of a topic into e and passes those of others. It
// passes a ring's length at most. False: there is none yet. Errors are ErrTopic
// and those of Next.
func (s *Subscriber) NextOf(topic string, e *Event) (bool, error) {
	if err := checkTopic(topic); err != nil {
		return false, err
	}
	if s.holding {
		if string(s.held.Topic) == topic {
			s.release(e)
			return true, nil
		}
		s.holding = false
	}
	op, version := uint8(len(topic)), digest(topic)
	for range s.slots {
		if ok, err := s.cursor.NextMatch(op, version, s.buffer(e)); !ok {
			return false, err
		}
		if e.open() && string(e.Topic) == topic {
			return true, nil
		}
	}
	return false, nil
}

// buffer returns e's frame, with a buffer for the next.
func (s *Subscriber) buffer(e *Event) *ring.Frame {
	if cap(e.frame.Payload) < s.size {
		e.frame.Payload = make([]byte, 0, s.size)
	}
	return &e.frame
}

// open splits a frame into topic and payload. False: it is no event.
func (e *Event) open() bool {
	topic, payload, ok := Split(&e.frame)
	if ok {
		e.ID, e.Topic, e.Payload = e.frame.ID, topic, payload
	}
	return ok
}

// Split returns the topic and payload of a frame of the ring of events, for who
// reads that ring itself; they share the frame's buffer. False: it is no event.
func Split(f *ring.Frame) (topic, payload []byte, ok bool) {
	n := int(f.Op)
	if n == 0 || n > len(f.Payload) {
		return nil, nil, false
	}
	return f.Payload[:n:n], f.Payload[n:], true
}

// release hands out the event that is held.
func (s *Subscriber) release(e *Event) {
	*e, s.held = s.held, *e
	s.holding = false
}

// Poll copies up to len(dst) events and returns how many, with what was lost
// since the last Poll or PollTopic, by cause. Errors are those of Next. Nothing
// is allocated once the events have buffers.
func (s *Subscriber) Poll(dst []Event) (n int, lag ring.Loss, err error) {
	for n < len(dst) {
		ok, err := s.Next(&dst[n])
		if err != nil {
			return n, s.lag(), err
		}
		if !ok {
			break
		}
		n++
	}
	return n, s.lag(), nil
}

// PollTopic is Poll for the events of one topic. It passes those of other
// topics: no later Poll delivers them.
func (s *Subscriber) PollTopic(topic string, dst []Event) (n int, lag ring.Loss, err error) {
	for n < len(dst) {
		ok, err := s.NextOf(topic, &dst[n])
		if err != nil {
			return n, s.lag(), err
		}
		if !ok {
			break
		}
		n++
	}
	return n, s.lag(), nil
}

// lag returns what was lost since it was last asked.
func (s *Subscriber) lag() ring.Loss {
	all := s.cursor.Loss()
	lag := all.Sub(s.reported)
	s.reported = all
	return lag
}

// Loss returns what the subscriber has lost so far.
func (s *Subscriber) Loss() ring.Loss { return s.cursor.Loss() }

// Foreign returns how many frames Next passed because they are no events.
// Publishers that keep to this package make none.
func (s *Subscriber) Foreign() uint64 { return s.foreign }

// Events yields events until there is none yet or limit are delivered; limit ≤ 0
// means no limit. It yields the same Event each time: what is to be kept must be
// copied.
func (s *Subscriber) Events(limit int) iter.Seq[*Event] {
	return func(yield func(*Event) bool) {
		for n := 0; limit <= 0 || n < limit; n++ {
			if ok, _ := s.Next(&s.each); !ok || !yield(&s.each) {
				return
			}
		}
	}
}

// EventsOf is Events for one topic.
func (s *Subscriber) EventsOf(topic string, limit int) iter.Seq[*Event] {
	return func(yield func(*Event) bool) {
		for n := 0; limit <= 0 || n < limit; n++ {
			if ok, _ := s.NextOf(topic, &s.each); !ok || !yield(&s.each) {
				return
			}
		}
	}
}

// Close ends the subscriber. Calling it again does nothing.
func (s *Subscriber) Close() error {
	s.holding = false
	return s.cursor.Close()
}
