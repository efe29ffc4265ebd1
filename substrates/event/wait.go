package event

import (
	"context"

	"github.com/orbitring/orbit/ring"
)

// SetWait sets how the subscriber waits; a new one has ring.Auto.
func (s *Subscriber) SetWait(how ring.Strategy) { s.cursor.SetWait(how) }

// Wait returns nil as soon as Next has something to deliver, ctx.Err() when ctx
// ends first, fleet.ErrClosed after Close. One publish wakes everybody who
// waits; see ring.Cursor.Wait.
func (s *Subscriber) Wait(ctx context.Context) error {
	if s.holding {
		return nil
	}
	return s.cursor.Wait(ctx)
}

// WaitTopic is Wait for an event of one topic, which the next NextOf or PollTopic
// of this topic delivers. It passes the events of other topics.
func (s *Subscriber) WaitTopic(ctx context.Context, topic string) error {
	for {
		ok, err := s.NextOf(topic, &s.held)
		if err != nil {
			return err
		}
		if ok {
			s.holding = true
			return nil
		}
		if err := s.cursor.Wait(ctx); err != nil {
			return err
		}
	}
}
