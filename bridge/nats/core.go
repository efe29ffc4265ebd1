package bridge

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
)

// core sends over core NATS: each message at most once, and nobody tells what
// became of it. The answer to a ping tells that the server has read what was
// sent before.
type core struct {
	nc      *nats.Conn
	slowest time.Duration
}

func (c core) resume(_ context.Context, x *exporter) (mark, error) { return x.safe, nil }

func (c core) send(_ context.Context, x *exporter, _ *header, msg []byte) (bool, error) {
	return false, c.nc.Publish(x.subject, msg)
}

func (c core) confirm(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.slowest)
	defer cancel()
	return c.nc.FlushWithContext(ctx)
}

func (c core) beats() bool { return true }

// receive hands what arrives on a subject to apply, in order, until ctx ends.
func (c core) receive(ctx context.Context, im *importer) error {
	sub, err := c.nc.SubscribeSync(im.subject)
	if err != nil {
		return err
	}
	defer sub.Unsubscribe()
	for {
		msg, err := sub.NextMsgWithContext(ctx)
		switch {
		case err == nil:
			im.apply(msg.Data, 0)
		case ctx.Err() != nil:
			return nil
		case err == nats.ErrSlowConsumer:
			// What was dropped is missing from the positions, and so a Gap.
			im.b.count.slow.Add(1)
			im.b.onces.warn("slow consumer", "messages came faster than they could be published", "subject", im.subject)
		default:
			return err
		}
	}
}
