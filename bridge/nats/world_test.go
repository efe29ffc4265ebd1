package bridge

import (
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func base(path string) string { return filepath.Base(path) }

func itoa(n int) string { return strconv.Itoa(n) }

// The fleets of these tests: members are nodes 0 to 3, the bridge is node 4, and
// 5 to 8 stand for the members of the other host.
const fleetSize = 9

var (
	remoteNodes = Nodes{First: 4, Count: 5}
	mappedNodes = Nodes{First: 5, Count: 4}
)

// host is a host: a directory with a fleet in it, and a member of that fleet.
type host struct {
	t      testing.TB
	name   string
	dir    string
	events event.Options
	member *fleet.Fleet
	bus    *event.Bus
}

// newHost makes a host whose ring of events has so many slots.
func newHost(t testing.TB, name string, slots uint64) *host {
	t.Helper()
	h := &host{t: t, name: name, dir: placeFor(t), events: event.Options{Capacity: slots, Size: 128}}
	h.member = h.join(0)
	var err error
	h.bus, err = event.Open(h.member, h.events)
	fleettest.Must(t, err)
	return h
}

// placeFor makes a directory in shared memory, where fleets lie.
func placeFor(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "bridge-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (h *host) join(node int) *fleet.Fleet {
	h.t.Helper()
	f, err := fleet.JoinShared("shop", fleet.Options{Size: fleetSize, Dir: h.dir, Node: fleet.Node(node)})
	fleettest.Must(h.t, err)
	h.t.Cleanup(func() { fleettest.Must(h.t, f.Close()) })
	return f
}

// config exports "t" and imports all of another host.
func (h *host) config(url, other string) Config {
	return Config{
		Host: h.name, Fleet: "shop", Size: fleetSize, Dir: h.dir, Events: h.events, Remote: remoteNodes,
		Export: Export{Topics: []string{"t"}}, Import: []Import{{Host: other, Nodes: mappedNodes}},
		URL: url, Refresh: 50 * time.Millisecond, Slowest: 300 * time.Millisecond, Log: quiet(),
	}
}

func quiet() *slog.Logger {
	if os.Getenv("ORBIT_BRIDGE_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return slog.New(slog.NewTextHandler(io.Discard, nil))
}

// running is a bridge that runs.
type running struct {
	*Bridge
	t    testing.TB
	stop context.CancelFunc
	done chan error
	once sync.Once
}

func run(t testing.TB, c Config) *running {
	t.Helper()
	b, err := Open(c)
	fleettest.Must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Bridge: b, t: t, stop: cancel, done: make(chan error, 1)}
	go func() { r.done <- b.Run(ctx) }()
	t.Cleanup(r.end)
	return r
}

// end stops the bridge cleanly.
func (r *running) end() {
	r.once.Do(func() {
		r.stop()
		if err := <-r.done; err != nil {
			r.t.Error("the bridge ended with", err)
		}
		if err := r.Close(); err != nil {
			r.t.Error(err)
		}
	})
}

// until waits for something that is sure to come; the test's own time limit is
// the only one.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for began := time.Now(); !is(); time.Sleep(time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatal("still waiting for: " + what)
		}
	}
}

// hears waits until the bridge has heard of its origin for the first time: from
// then on it owes a gap for everything that it does not publish. A stream keeps
// what comes before.
func (r *running) hears(stream string) {
	r.t.Helper()
	if stream == "" {
		until(r.t, "the importer to hear of its origin", func() bool { return r.counter("import_messages") > 0 })
	}
}

func (r *running) counter(name string) uint64 {
	v, ok := r.Counters()[name]
	if !ok {
		panic("no counter " + name)
	}
	return v
}

// publisher publishes events that prove themselves, and knows their positions.
type publisher struct {
	t     testing.TB
	bus   *event.Bus
	topic string
	at    []uint64 // position of each event
	mu    sync.Mutex
}

const proofSize = 64

func (p *publisher) publish(n int) {
	var payload [proofSize]byte
	for range n {
		p.mu.Lock()
		seq := uint64(len(p.at))
		fill(payload[:], seq)
		id, err := p.bus.Publish(p.topic, payload[:])
		if err != nil {
			p.t.Error(err)
		}
		p.at = append(p.at, id.Counter())
		p.mu.Unlock()
	}
}

// fill writes a payload whose every word follows from seq.
func fill(payload []byte, seq uint64) {
	for i := 0; i+8 <= len(payload); i += 8 {
		binary.LittleEndian.PutUint64(payload[i:], (seq+uint64(i))*0x9e3779b97f4a7c15+seq)
	}
	binary.LittleEndian.PutUint64(payload, seq)
}

// ledger is a subscriber on the importing host that writes down what arrives.
type ledger struct {
	deaths uint64 // of processes that write into its ring
	t      testing.TB
	sub    *event.Subscriber
	seen   map[uint64]int
	last   int64
	gaps   []Gap
	got    int
}

func newLedger(h *host) *ledger {
	h.t.Helper()
	sub, err := h.bus.Subscribe(ring.Oldest)
	fleettest.Must(h.t, err)
	h.t.Cleanup(func() { sub.Close() })
	return &ledger{t: h.t, sub: sub, seen: make(map[uint64]int), last: -1}
}

// take reads all that there is.
func (l *ledger) take() {
	var want [proofSize]byte
	for e := range l.sub.Events(0) {
		if !mappedNodes.has(e.ID.Node()) {
			continue
		}
		if string(e.Topic) == GapTopic {
			g, err := ParseGap(e.Payload)
			if err != nil {
				l.t.Error(err)
			}
			l.gaps = append(l.gaps, g)
			continue
		}
		seq := binary.LittleEndian.Uint64(e.Payload)
		if fill(want[:], seq); string(want[:]) != string(e.Payload) {
			l.t.Fatalf("event %d arrived changed", seq)
		}
		if int64(seq) <= l.last {
			l.t.Errorf("event %d came after event %d", seq, l.last)
		}
		l.last = int64(seq)
		l.seen[seq]++
		l.got++
	}
	// A writer that is killed inside a slot costs its readers that one position.
	if lost := l.sub.Loss(); lost.Total() > lost.Unavailable || lost.Unavailable > l.deaths {
		l.t.Fatalf("the test's own subscriber lost %+v with %d writers killed: nothing can be said", lost, l.deaths)
	}
}

// through takes until the last of the events that were published has come, or a
// gap that covers it.
func (l *ledger) through(p *publisher) {
	l.t.Helper()
	until(l.t, "the last event or a gap that covers it", func() bool {
		l.take()
		n := len(p.at)
		return n == 0 || l.last == int64(n-1) || l.covered(p.at[n-1]) >= 0
	})
}

// covered returns the gap that covers a position, or -1.
func (l *ledger) covered(position uint64) int {
	for i, g := range l.gaps {
		if g.First <= position && position < g.Until {
			return i
		}
	}
	return -1
}

// audit fails the test on a duplicate, on an event that is missing without a
// gap, and on a gap that tells of less than is missing. It returns how many are
// missing and how many the gaps tell.
func (l *ledger) audit(p *publisher) (missing, told uint64) {
	l.t.Helper()
	lost := make([]uint64, len(l.gaps))
	unreported := 0
	for seq, position := range p.at {
		switch n := l.seen[uint64(seq)]; {
		case n > 1:
			l.t.Errorf("event %d came %d times", seq, n)
		case n == 0:
			missing++
			if i := l.covered(position); i >= 0 {
				lost[i]++
			} else if unreported++; unreported < 10 {
				l.t.Errorf("event %d at position %d is missing, and no gap says so", seq, position)
			}
		}
	}
	if unreported > 0 {
		l.t.Errorf("%d events are missing unreported", unreported)
	}
	for i, g := range l.gaps {
		told += g.Lost
		if lost[i] > g.Lost {
			l.t.Errorf("%d events are missing in the gap that tells %v", lost[i], g)
		}
	}
	return missing, told
}

// bridgeRole is a bridge as a process of its own, for tests that kill it.
func bridgeRole(p *fleettest.Parent, args []string) error {
	slots, err := strconv.ParseUint(args[4], 10, 64)
	if err != nil {
		return err
	}
	h := &host{name: args[0], dir: args[2], events: event.Options{Capacity: slots, Size: 128}}
	c := h.config(args[3], args[1])
	c.Stream = args[5]
	b, err := Open(c)
	if err != nil {
		return err
	}
	defer b.Close()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	p.Say("open in %s", filepath.Base(h.dir))
	for b.Counters()["import_messages"] == 0 && c.Stream == "" {
		time.Sleep(time.Millisecond)
	}
	p.Say("heard")
	p.Stay()
	stop()
	return <-done
}
