package bridge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// stream sends into a JetStream stream and waits for the answer to each message.
// The stream itself is the memory of where an exporter is: whoever exports for
// this origin next, after whatever death, reads its last message and goes on
// where it ends, and the expected sequence number lets only one do so.
type stream struct {
	js      jetstream.JetStream
	name    string
	config  jetstream.StreamConfig
	slowest time.Duration
	last    uint64 // of this subject, for the exporter
}

func makeStream(nc *nats.Conn, c Config) (*stream, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	return &stream{js: js, name: c.Stream, slowest: c.Slowest, config: jetstream.StreamConfig{
		Name: c.Stream, Subjects: []string{c.Prefix + ".*.*.event", c.Prefix + ".*.*.cache"},
		MaxAge: c.Keep, Discard: jetstream.DiscardOld, Storage: jetstream.FileStorage, AllowDirect: true,
	}}, nil
}

// open returns the stream on the server, made if it is not there.
func (s *stream) open(ctx context.Context) (jetstream.Stream, error) {
	at, err := s.js.Stream(ctx, s.name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		at, err = s.js.CreateStream(ctx, s.config)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another bridge was first
			at, err = s.js.Stream(ctx, s.name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("orbit: stream %q: %w", s.name, err)
	}
	return at, nil
}

func (s *stream) resume(ctx context.Context, x *exporter) (mark, error) {
	ctx, cancel := context.WithTimeout(ctx, s.slowest)
	defer cancel()
	at, err := s.open(ctx)
	if err != nil {
		return mark{}, err
	}
	s.last = 0
	msg, err := at.GetLastMsgForSubject(ctx, x.subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return x.safe, nil
	}
	if err != nil {
		return mark{}, fmt.Errorf("orbit: last message of %s: %w", x.subject, err)
	}
	s.last = msg.Sequence
	h, records, err := decode(msg.Data, nil)
	switch {
	case err != nil, h.instance != x.ring.Identity().Instance:
		return x.safe, nil // of a ring that is gone, or somebody else's
	case h.life == x.life:
		for i := range records {
			h.seq += records[i].weight()
		}
		return mark{position: h.to, seq: h.seq}, nil
	}
	return mark{position: h.to}, nil
}

func (s *stream) send(ctx context.Context, x *exporter, h *header, msg []byte) (bool, error) {
	// A message that was repeated covers the same positions or others; only the
	// same ones make it a duplicate.
	id := fmt.Sprintf("%s/%s/%x/%d-%d", x.b.cfg.Host, x.b.cfg.Fleet, h.instance, h.from, h.to)
	ctx, cancel := context.WithTimeout(ctx, s.slowest)
	defer cancel()
	ack, err := s.js.PublishMsg(ctx, &nats.Msg{Subject: x.subject, Data: msg},
		jetstream.WithMsgID(id), jetstream.WithExpectLastSequencePerSubject(s.last), jetstream.WithRetryAttempts(0))
	if err != nil {
		return false, err
	}
	s.last = ack.Sequence
	return true, nil
}

func (s *stream) confirm(context.Context) error { return nil }
func (s *stream) beats() bool                   { return false }

// receive hands what the stream has of a subject to apply, in order, from where
// the importer's place says, until ctx ends.
func (s *stream) receive(ctx context.Context, im *importer) error {
	for ctx.Err() == nil {
		if _, err := im.b.link.up(ctx); err != nil {
			return ended(ctx, err)
		}
		if err := s.follow(ctx, im); err != nil && ctx.Err() == nil {
			im.b.onces.warn("stream "+err.Error(), "cannot follow the stream, trying on", "subject", im.subject, "error", err)
			if pause(ctx, 5*firstDelay) != nil {
				return nil
			}
		}
	}
	return nil
}

func (s *stream) follow(ctx context.Context, im *importer) error {
	opening, cancel := context.WithTimeout(ctx, s.slowest)
	defer cancel()
	at, err := s.open(opening)
	if err != nil {
		return err
	}
	config := jetstream.OrderedConsumerConfig{FilterSubjects: []string{im.subject}, DeliverPolicy: jetstream.DeliverAllPolicy}
	// A stream that ends before our place was made anew; its positions tell.
	if from := im.place.stream + 1; from > 1 && im.place.stream <= at.CachedInfo().State.LastSeq {
		config.DeliverPolicy, config.OptStartSeq = jetstream.DeliverByStartSequencePolicy, from
	}
	consumer, err := at.OrderedConsumer(opening, config)
	if err != nil {
		return err
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(64), jetstream.PullHeartbeat(min(max(s.slowest, 500*time.Millisecond), 10*time.Second)))
	if err != nil {
		return err
	}
	defer messages.Stop()
	for {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		about, err := msg.Metadata()
		if err != nil {
			return err
		}
		im.apply(msg.Data(), about.Sequence.Stream)
	}
}
