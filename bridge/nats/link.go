package bridge

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// link is the connection to the servers. It is always being made: a server that
// cannot be reached, or that refuses the credentials, is tried again.
type link struct {
	nc    *nats.Conn
	count *counters
	onces *onces

	mu      sync.Mutex
	changed chan struct{} // closed when the connection came or went
}

// firstDelay is the wait after the first attempt that failed; each further one
// doubles it.
const firstDelay = 20 * time.Millisecond

// dial begins to connect. It fails only for options that cannot be used.
func dial(c Config, count *counters, o *onces) (*link, error) {
	l := &link{count: count, onces: o, changed: make(chan struct{})}
	options := []nats.Option{
		nats.Name("orbit bridge of " + c.Host + "/" + c.Fleet),
		// A partition shows only by silence; the client's own two minutes would be
		// two minutes in which the ring comes around.
		nats.PingInterval(c.Slowest), nats.MaxPingsOutstanding(1),
		nats.Timeout(c.Slowest), nats.FlusherTimeout(c.Slowest),
	}
	options = append(options, c.Options...)
	options = append(options,
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(),
		nats.CustomReconnectDelay(func(attempt int) time.Duration {
			if attempt > 1 {
				count.failures.Add(1) // the one before; the client's error handlers do not hear of all
			}
			return backoff(attempt, c.Slowest)
		}),
		// Nothing is kept by the client while there is no connection: the ring is
		// the buffer, and whatever is sent must have a position that is known.
		nats.ReconnectBufSize(-1),
		nats.ConnectHandler(l.connected), nats.ReconnectHandler(l.connected),
		nats.DisconnectErrHandler(l.disconnected), nats.ReconnectErrHandler(l.failed),
		nats.ErrorHandler(l.asynchronous),
	)
	nc, err := nats.Connect(c.URL, options...)
	if err != nil {
		return nil, fmt.Errorf("orbit: bridge cannot use server %q: %w", c.URL, err)
	}
	l.nc = nc
	return l, nil
}

// backoff doubles from firstDelay to slowest, give or take a quarter, so that
// the bridges of many hosts do not return in step.
func backoff(attempts int, slowest time.Duration) time.Duration {
	d := slowest
	if n := max(attempts-1, 0); n < 20 {
		d = min(firstDelay<<n, slowest)
	}
	return d - d/4 + rand.N(d/2+1)
}

func (l *link) turn() {
	l.mu.Lock()
	close(l.changed)
	l.changed = make(chan struct{})
	l.mu.Unlock()
}

func (l *link) connected(nc *nats.Conn) {
	l.count.connected.Store(1)
	l.count.connects.Add(1)
	l.onces.over("connect")
	l.onces.over("credentials")
	l.onces.log.Info("connected", "server", nc.ConnectedUrlRedacted())
	l.turn()
}

func (l *link) disconnected(_ *nats.Conn, err error) {
	if l.count.connected.Swap(0) == 1 {
		l.count.disconnects.Add(1)
		l.onces.log.Warn("disconnected, reading stops until the server is back", "error", err)
	}
	l.turn()
}

func (l *link) failed(nc *nats.Conn, err error) {
	cause := "connect"
	if isCredentials(err) {
		cause = "credentials"
	}
	l.onces.warn(cause, "cannot connect, trying on", "servers", nc.Servers(), "error", err)
}

func isCredentials(err error) bool {
	return errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) || errors.Is(err, nats.ErrAuthRevoked)
}

func (l *link) asynchronous(nc *nats.Conn, s *nats.Subscription, err error) {
	switch {
	case errors.Is(err, nats.ErrSlowConsumer): // counted where the subscription is read
	case isCredentials(err):
		l.failed(nc, err)
	case s != nil:
		l.onces.warn("nats "+err.Error(), "error of the NATS client", "subject", s.Subject, "error", err)
	default:
		l.onces.warn("nats "+err.Error(), "error of the NATS client", "error", err)
	}
}

// life tells connections apart: it is another one after every reconnect.
func (l *link) life() uint64 { return l.nc.Stats().Reconnects }

// same says that the connection is still the one of that life.
func (l *link) same(life uint64) bool { return l.nc.IsConnected() && l.life() == life }

// up waits for a connection and returns its life.
func (l *link) up(ctx context.Context) (uint64, error) {
	for {
		l.mu.Lock()
		changed := l.changed
		l.mu.Unlock()
		if life := l.life(); l.nc.IsConnected() {
			return life, nil
		}
		if l.nc.IsClosed() {
			return 0, nats.ErrConnectionClosed
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-changed:
		case <-time.After(100 * time.Millisecond): // the client tells late, or not at all
		}
	}
}

func (l *link) close() { l.nc.Close() }
