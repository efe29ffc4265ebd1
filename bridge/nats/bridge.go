package bridge

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Bridge carries one fleet of this host to and from others. Open makes it, Run
// does its work, Close ends it. A fleet has one bridge at a time: it holds the
// nodes that stand for members elsewhere.
type Bridge struct {
	cfg    Config
	own    *fleet.Fleet
	remote [][]*fleet.Fleet // for each Import, a member for each of its nodes
	link   *link
	stream *stream // nil: core NATS
	count  counters
	onces  onces

	closing sync.Once
	closed  error
}

// Open joins the fleet as the nodes that the configuration declares and begins
// to connect. The server need not be there. Errors: ErrConfig, those of
// fleet.JoinShared (fleet.ErrNodeHeld when there is a bridge already), and those
// of the NATS client for options that it cannot use.
func Open(c Config) (*Bridge, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	b := &Bridge{cfg: c, onces: onces{log: c.Log.With("host", c.Host, "fleet", c.Fleet)}}
	if err := b.join(); err != nil {
		return nil, errors.Join(err, b.leave())
	}
	if b.link, err = dial(c, &b.count, &b.onces); err != nil {
		return nil, errors.Join(err, b.leave())
	}
	if c.Stream != "" {
		if b.stream, err = makeStream(b.link.nc, c); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	return b, nil
}

// join takes the nodes: all at once, so that no other member gets one of them.
func (b *Bridge) join() (err error) {
	o := fleet.Options{Size: b.cfg.Size, Dir: b.cfg.Dir, Mode: b.cfg.Mode, Node: fleet.Node(int(b.cfg.Remote.First))}
	if b.own, err = fleet.JoinShared(b.cfg.Fleet, o); err != nil {
		return fmt.Errorf("orbit: bridge cannot join: %w", err)
	}
	b.remote = make([][]*fleet.Fleet, len(b.cfg.Import))
	for i, in := range b.cfg.Import {
		for n := range in.Nodes.Count {
			f, err := b.own.Sibling(fleet.Node(int(in.Nodes.First) + n))
			if err != nil {
				return fmt.Errorf("orbit: bridge cannot join for %s/%s: %w", in.Host, in.Fleet, err)
			}
			b.remote[i] = append(b.remote[i], f)
		}
	}
	return nil
}

// Run exports and imports until ctx ends, and then sends what was published
// until that moment, for a second at most. An error is for what makes the bridge
// useless; what the network does is not one. Run it once.
func (b *Bridge) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	work, ctx := errgroup.WithContext(ctx)
	start := func(run func(context.Context) error) { work.Go(func() error { return run(ctx) }) }
	if err := errors.Join(b.startEvents(start), b.startCache(start)); err != nil {
		stop()
		return errors.Join(err, work.Wait())
	}
	b.startLatest(start)
	work.Go(func() error { <-ctx.Done(); return nil }) // a bridge that has nothing to do stays
	return work.Wait()
}

// startEvents starts the exporter and the importers of events.
func (b *Bridge) startEvents(start func(func(context.Context) error)) error {
	if len(b.cfg.Export.Topics) > 0 {
		bus, err := event.Open(b.own, b.cfg.Events)
		if err != nil {
			return err
		}
		start(b.exporter(classEvent, bus.Ring(), makeNames(b.cfg.Export.Topics).event).run)
	}
	for i := range b.cfg.Import {
		to, err := openEvents(b.remote[i], b.cfg.Events)
		if err != nil {
			return err
		}
		im, err := b.importer(i, classEvent, eventPlaces, to)
		if err != nil {
			return err
		}
		start(im.run)
	}
	return nil
}

// startCache starts those of changes of the cache.
func (b *Bridge) startCache(start func(func(context.Context) error)) error {
	if len(b.cfg.Export.Cache) > 0 {
		c, err := cache.Open(b.own, b.cfg.Cache)
		if err != nil {
			return err
		}
		start(b.exporter(classCache, c.Ring(), changes{names: makeNames(b.cfg.Export.Cache), puts: b.cfg.Export.CachePuts}.pass).run)
	}
	for i, in := range b.cfg.Import {
		if len(in.Cache) == 0 {
			continue
		}
		to, err := openCaches(b.remote[i], b.cfg, in.Cache)
		if err != nil {
			return err
		}
		im, err := b.importer(i, classCache, cachePlaces, to)
		if err != nil {
			return err
		}
		start(im.run)
	}
	return nil
}

func (b *Bridge) exporter(of class, r *ring.Ring, pass func(*ring.Frame) bool) *exporter {
	x := &exporter{b: b, class: of, ring: r, pass: pass,
		subject: b.cfg.subject(b.cfg.Fleet, b.cfg.Host, of.String()), sink: b.sink(), start: ring.Oldest}
	if b.cfg.Export.FromNow {
		x.start = ring.Now
	}
	return x
}

func (b *Bridge) importer(i int, of class, places uint8, to target) (*importer, error) {
	in := b.cfg.Import[i]
	memory, err := openCheckpoint(b.remote[i][0], places)
	return &importer{b: b, in: in, class: of, target: to, memory: memory,
		subject: b.cfg.subject(in.Fleet, in.Host, of.String())}, err
}

func (b *Bridge) sink() sink {
	if b.stream != nil {
		s := *b.stream
		return &s
	}
	return core{nc: b.link.nc, slowest: b.cfg.Slowest}
}

// heard notes what a message says of its origin, whatever becomes of it.
func (b *Bridge) heard(h *header) {
	b.count.heard.Add(1)
	b.count.behind.Store(h.head - min(h.head, h.to))
}

// arrived notes how long a message took. Clocks of two hosts differ; nothing is
// decided by them.
func (b *Bridge) arrived(h *header) {
	took := b.cfg.now().UnixNano() - h.sent
	if took < 0 {
		b.count.skewed.Add(1)
		took = 0
	}
	b.count.delay.Store(uint64(took))
}

// Connected says whether there is a connection to a server.
func (b *Bridge) Connected() bool { return b.link.nc.IsConnected() }

// Close ends the connection and leaves the fleet; call it when Run has returned.
// Calling it again does nothing.
func (b *Bridge) Close() error {
	b.closing.Do(func() {
		b.link.close()
		b.closed = b.leave()
	})
	return b.closed
}

func (b *Bridge) leave() (err error) {
	for _, of := range b.remote {
		for _, f := range of {
			err = errors.Join(err, f.Close())
		}
	}
	if b.own != nil {
		err = errors.Join(err, b.own.Close())
	}
	return err
}
