package bridge

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/orbitring/orbit/ring"
)

// exporter sends what passes of one ring with one lane, in order. It is the one
// goroutine that reads its cursor, builds messages and sends them; when the
// network makes it wait, it does not read, and the ring overwrites what it would
// have read.
type exporter struct {
	b       *Bridge
	class   class
	ring    *ring.Ring
	pass    func(*ring.Frame) bool // what was named; it may make the frame into what travels
	subject string
	sink    sink
	start   ring.Start // where to begin when no earlier life is known
	limit   int        // bytes of a frame that the server takes

	cursor *ring.Cursor
	frame  ring.Frame
	out    batch
	weight uint64 // of the records in out
	read   uint64 // the next position to read

	life uint64 // of this exporter
	at   mark   // the end of what was sent
	safe mark   // the end of what the server is known to have
}

// mark is a place between two records.
type mark struct {
	position uint64
	seq      uint64
}

// sink is how messages get to the importers.
type sink interface {
	// resume returns where to begin on a new connection, given what this exporter
	// knows to be safe.
	resume(ctx context.Context, x *exporter) (mark, error)
	// send hands a message on. safe: the server has it now. Otherwise confirm
	// tells.
	send(ctx context.Context, x *exporter, h *header, msg []byte) (safe bool, err error)
	// confirm returns nil when the server has all that was sent.
	confirm(ctx context.Context) error
	// beats says that messages without records are worth sending: they tell of
	// losses that no later message has told yet.
	beats() bool
}

// confirmEvery is how often a sink that does not answer by itself is asked. An
// exporter that loses its connection repeats about as much.
const confirmEvery = 25 * time.Millisecond

// errMoved: the connection is not the one that it was.
var errMoved = errors.New("orbit: connection was made anew")

func (x *exporter) run(ctx context.Context) error {
	x.life = rand.Uint64() | 1
	x.frame = x.ring.NewFrame()
	// From here on what is lost is told, even if it takes long to connect.
	c, err := x.ring.Cursor(x.start)
	if err != nil {
		return err
	}
	x.safe = mark{position: c.Position(0)}
	c.Close()
	for {
		life, err := x.b.link.up(ctx)
		if err != nil {
			return ended(ctx, err)
		}
		err = x.session(ctx, life)
		if ctx.Err() != nil {
			return ended(ctx, err)
		}
		if errors.Is(err, ring.ErrClosed) {
			return err
		}
		x.b.count.rewinds.Add(1)
		if !errors.Is(err, errMoved) && x.b.link.same(life) {
			x.b.onces.warn("export "+err.Error(), "exporter goes back to what is known to have arrived", "subject", x.subject, "error", err)
			if err := pause(ctx, firstDelay); err != nil { // not the connection's fault: it would come again at once
				return nil
			}
		}
	}
}

// ended is what is left of an error when the bridge was to stop.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// session exports over one connection. It returns when that is gone, or ctx.
func (x *exporter) session(ctx context.Context, life uint64) error {
	if err := x.begin(ctx); err != nil {
		return err
	}
	defer x.cursor.Close()
	var sent time.Time // long ago: an importer shall hear soon where this one is
	asked, lull := time.Now(), lull{}
	for {
		if !x.b.link.same(life) {
			return errMoved
		}
		if ctx.Err() != nil {
			return x.finish(context.WithoutCancel(ctx))
		}
		before := x.read
		more := x.fill()
		if x.out.count > 0 || (x.sink.beats() && time.Since(sent) >= x.b.cfg.Refresh) {
			if err := x.send(ctx); err != nil {
				return err
			}
			sent = time.Now()
		}
		if x.safe != x.at && time.Since(asked) >= confirmEvery {
			if err := x.confirm(ctx, life); err != nil {
				return err
			}
			asked = time.Now()
		}
		switch {
		case more:
		case x.read != before:
			lull.end()
		default:
			longest := x.b.cfg.Refresh
			if x.safe != x.at {
				longest = confirmEvery
			}
			if err := lull.wait(ctx, x.cursor, longest); err != nil {
				return err
			}
		}
	}
}

// begin makes the cursor where the sink is to go on.
func (x *exporter) begin(ctx context.Context) error {
	at, err := x.sink.resume(ctx, x)
	if err != nil {
		return err
	}
	c, err := x.ring.Cursor(ring.At(at.position))
	if err != nil {
		return err
	}
	x.cursor, x.read = c, c.Position(0)
	x.at, x.safe = at, at
	x.limit = int(x.b.link.nc.MaxPayload()) - fixedSize - recordSize - 2*256
	x.restart()
	return nil
}

func (x *exporter) restart() {
	x.out.begin(x.b.cfg.Host, x.b.cfg.Fleet)
	x.weight = 0
}

// fillSteps bounds the frames that are passed by before the exporter looks
// after its connection.
const fillSteps = 4096

// fill reads into out until it is full. false: there is no frame now.
func (x *exporter) fill() (more bool) {
	before := x.cursor.Loss()
	for range fillSteps {
		if x.out.full() {
			return true
		}
		ok, err := x.cursor.Next(&x.frame)
		next := x.cursor.Position(0)
		at := next
		if ok {
			at--
		}
		if at != x.read {
			loss := x.cursor.Loss()
			x.lose(at, loss.Sub(before))
			before = loss
		}
		x.read = next
		if !ok || err != nil {
			return false
		}
		switch {
		case x.b.cfg.Remote.has(x.frame.ID.Node()), !x.pass(&x.frame):
			x.b.count.skipped.Add(1)
		case len(x.frame.Payload) > x.limit:
			x.b.count.oversize.Add(1)
			x.b.onces.warn("oversize", "a frame is larger than the server takes", "id", x.frame.ID, "bytes", len(x.frame.Payload), "limit", x.limit)
			x.gap(at, next, Refused)
		default:
			x.out.frame(&x.frame)
			x.weight++
		}
	}
	return true
}

// lose records that the positions from x.read to until were lost.
func (x *exporter) lose(until uint64, loss ring.Loss) {
	x.b.count.overrun.Add(loss.Overwritten)
	x.b.count.unavailable.Add(loss.Unavailable + loss.Reset)
	why := Overwritten
	switch most := max(loss.Overwritten, loss.Unavailable, loss.Reset); most {
	case loss.Overwritten:
	case loss.Reset:
		why = Reset
	default:
		why = Unavailable
	}
	x.gap(x.read, until, why)
}

func (x *exporter) gap(first, until uint64, why Cause) {
	x.out.gap(x.ring.Identity().Kind, first, until, why)
	x.weight += until - first
}

// send sends out, which covers what was read since the last message.
func (x *exporter) send(ctx context.Context) error {
	head := x.ring.Head(0)
	h := header{
		class: x.class, instance: x.ring.Identity().Instance, life: x.life,
		from: x.at.position, to: x.read, seq: x.at.seq,
		head: head, sent: x.b.cfg.now().UnixNano(),
	}
	msg := x.out.end(&h)
	safe, err := x.sink.send(ctx, x, &h, msg)
	if err != nil {
		return err
	}
	x.b.count.lag.Store(head - min(head, x.read))
	x.b.count.exported.Add(uint64(x.out.count))
	x.b.count.messages.Add(1)
	x.at = mark{position: x.read, seq: x.at.seq + x.weight}
	if safe {
		x.safe = x.at
	}
	x.restart()
	return nil
}

// confirm waits until the server has what was sent. A slow link is waited for;
// meanwhile nothing is read.
func (x *exporter) confirm(ctx context.Context, life uint64) error {
	for {
		err := x.sink.confirm(ctx)
		switch {
		case err == nil && x.b.link.same(life):
			x.safe = x.at
			return nil
		case !x.b.link.same(life):
			return errMoved
		case ctx.Err() != nil:
			return nil // finish has the last word
		case !errors.Is(err, context.DeadlineExceeded):
			return err
		}
	}
}

// finish sends what is there when the bridge is to stop, for a second at most.
func (x *exporter) finish(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for more := true; more && ctx.Err() == nil; {
		more = x.fill()
		if x.out.count > 0 {
			if err := x.send(ctx); err != nil {
				return err
			}
		}
	}
	return x.sink.confirm(ctx)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
