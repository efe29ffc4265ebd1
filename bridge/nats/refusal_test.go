package bridge

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

// book is a log that can be read while it is written.
type book struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *book) count(what string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Count(b.text.String(), what)
}

func logged(c Config) (Config, *book) {
	b := new(book)
	c.Log = slog.New(slog.NewTextHandler(b, nil))
	return c, b
}

// message makes an envelope as an exporter of host a would.
func message(h header, records ...record) []byte {
	var m batch
	m.begin("a", "shop")
	for _, r := range records {
		m.record(r.what, r.op, r.id, r.version, r.payload)
	}
	return bytes.Clone(m.end(&h))
}

func eventAt(position uint64, node uint16, topic, payload string) record {
	return record{what: isFrame, op: uint8(len(topic)), id: netid64.Make(220, node, position), payload: []byte(topic + payload)}
}

// Each message is sent a hundred times, between good ones.
func TestForeignMessagesAreCountedLoggedOnceAndNotPublished(t *testing.T) {
	good := message(header{class: classEvent, instance: 1, life: 1, to: 1}, eventAt(0, 0, "t", "x"))
	changed := func(at int, to byte) []byte {
		m := bytes.Clone(good)
		m[at] = to
		return m
	}
	for name, tc := range map[string]struct {
		data    []byte
		counter string
	}{
		"nothing":             {nil, "import_foreign"},
		"text":                {[]byte(strings.Repeat("hello, world", 100)), "import_foreign"},
		"another version":     {changed(4, 2), "import_version_mismatch"},
		"another class":       {changed(5, 2), "import_foreign"},
		"no class":            {changed(5, 9), "import_foreign"},
		"another host":        {bytes.Replace(good, []byte("\x01a\x04shop"), []byte("\x01x\x04shop"), 1), "import_foreign"},
		"another fleet":       {bytes.Replace(good, []byte("\x01a\x04shop"), []byte("\x01a\x04shot"), 1), "import_foreign"},
		"too few bytes":       {good[:len(good)-1], "import_foreign"},
		"too many bytes":      {append(bytes.Clone(good), 0), "import_foreign"},
		"too many records":    {changed(6, 2), "import_foreign"},
		"a length of 4 GiB":   {changed(fixedSize+7+4+3, 0xff), "import_foreign"},
		"no kind of record":   {changed(fixedSize+7, 3), "import_foreign"},
		"a name without end":  {changed(fixedSize, 0xff), "import_foreign"},
		"positions backwards": {changed(24, 2), "import_foreign"},
		"a frame outside":     {changed(fixedSize+7+8, 1), "import_foreign"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, nil)
			b := newHost(t, "b", 1024)
			c, log := logged(b.config(s.url(), "a"))
			ba := run(t, c)
			nc, err := nats.Connect(s.url())
			fleettest.Must(t, err)
			defer nc.Close()
			ba.awaits(nc)
			for range 100 {
				fleettest.Must(t, nc.Publish("orbit.shop.a.event", tc.data))
			}
			until(t, "all to be refused", func() bool { return ba.counter(tc.counter) == 100 })
			if n := log.count("message refused"); n != 1 {
				t.Errorf("logged %d times", n)
			}
			if head := b.bus.Ring().Head(0); head != 0 {
				t.Errorf("%d events were published into the fleet", head)
			}
			fleettest.Must(t, nc.Publish("orbit.shop.a.event", good))
			until(t, "a good one", func() bool { return ba.counter("imported_frames") == 1 })
		})
	}
}

// awaits says again that there is a ring of a with nothing in it, until the bridge
// has heard it.
func (r *running) awaits(nc *nats.Conn) {
	r.t.Helper()
	until(r.t, "the subscription", func() bool {
		if err := nc.Publish("orbit.shop.a.event", message(header{class: classEvent, instance: 1, life: 1})); err != nil {
			r.t.Fatal(err)
		}
		return r.counter("import_messages") > 0
	})
}

// What is right as an envelope and cannot be published here is not, and the gap
// record says so.
func TestEventsThatDoNotFitAreRefusedAndTold(t *testing.T) {
	for name, r := range map[string]record{
		"too large":             eventAt(1, 0, "t", strings.Repeat("x", 500)),
		"a node without a seat": eventAt(1, uint16(mappedNodes.Count), "t", "x"),
		"no topic":              {what: isFrame, id: netid64.Make(220, 0, 1), payload: []byte("x")},
		"a topic beyond":        {what: isFrame, op: 9, id: netid64.Make(220, 0, 1), payload: []byte("x")},
		"the bridge's own":      eventAt(1, 0, GapTopic, "{}"),
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, nil)
			b := newHost(t, "b", 1024)
			c, log := logged(b.config(s.url(), "a"))
			ba := run(t, c)
			sub, err := b.bus.Subscribe(ring.Oldest)
			fleettest.Must(t, err)
			defer sub.Close()
			nc, err := nats.Connect(s.url())
			fleettest.Must(t, err)
			defer nc.Close()
			ba.awaits(nc)
			fleettest.Must(t, nc.Publish("orbit.shop.a.event", message(header{class: classEvent, instance: 1, life: 1, to: 3},
				eventAt(0, 0, "t", "before"), r, eventAt(2, 1, "t", "after"))))
			until(t, "all three", func() bool { return ba.counter("imported_frames") == 2 })
			var got []string
			for e := range sub.Events(0) {
				got = append(got, string(e.Topic)+" "+string(e.Payload))
			}
			want := []string{"t before", `orbit.bridge.gap {"host":"a","first":1,"until":2,"lost":1,"cause":"refused"}`, "t after"}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("published %q, want %q", got, want)
			}
			if ba.counter("import_refused") != 1 || log.count("a frame cannot be published here") != 1 {
				t.Errorf("counted %d times, logged %d times", ba.counter("import_refused"), log.count("a frame cannot be published here"))
			}
		})
	}
}

func TestAServerThatCannotBeReachedIsTriedAgain(t *testing.T) {
	s := startServer(t, nil)
	a, b := newHost(t, "a", 4096), newHost(t, "b", 1<<14)
	s.stop()
	c, log := logged(a.config(s.url(), "b"))
	ab, ba := run(t, c), run(t, b.config(s.url(), "a"))
	p, l := &publisher{t: t, bus: a.bus, topic: "t"}, newLedger(b)
	p.publish(100)
	until(t, "attempts", func() bool { return ab.counter("nats_connect_failures") > 4 })
	if n := log.count("cannot connect"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	s.start()
	ba.hears("")
	p.publish(100)
	l.through(p)
}

func TestWrongCredentialsAreTriedAgainUntilTheyAreRight(t *testing.T) {
	s := startServer(t, func(o *server.Options) { o.Username, o.Password = "orbit", "right" })
	a := newHost(t, "a", 4096)
	c, log := logged(a.config(s.url(), "b"))
	c.Options = []nats.Option{nats.UserInfo("orbit", "wrong")}
	ab := run(t, c)
	until(t, "refusals", func() bool { return ab.counter("nats_connect_failures") > 4 })
	if n := log.count("cannot connect"); n != 1 || log.count("cause=credentials") != 1 {
		t.Errorf("logged %d times, as credentials %d times", n, log.count("cause=credentials"))
	}
	if ab.counter("exported_messages") != 0 {
		t.Error("something was exported")
	}
	s.stop()
	s.options.Password = "wrong" // right for this client
	s.start()
	until(t, "the connection", ab.Connected)
}

func TestAnEventThatTheServerDoesNotTakeIsCountedAndTold(t *testing.T) {
	s := startServer(t, func(o *server.Options) { o.MaxPayload = 1024; o.JetStream = false })
	a, b := newHost(t, "a", 64), newHost(t, "b", 1024)
	a.dir, a.events.Size = placeFor(t), 2048
	a.member = a.join(0)
	wide, err := openEvents([]*fleet.Fleet{a.member}, a.events)
	fleettest.Must(t, err)
	c, log := logged(a.config(s.url(), "b"))
	ab, ba := run(t, c), run(t, b.config(s.url(), "a"))
	ba.hears("")
	l := newLedger(b)
	_, err = wide.buses[0].Publish("t", make([]byte, 1500))
	fleettest.Must(t, err)
	until(t, "the gap", func() bool { l.take(); return len(l.gaps) == 1 })
	if g := l.gaps[0]; g != (Gap{Host: "a", First: 0, Until: 1, Lost: 1, Cause: Refused}) {
		t.Errorf("the gap is %v", g)
	}
	if ab.counter("export_oversize") != 1 || log.count("larger than the server takes") != 1 {
		t.Error("not counted and logged once")
	}
}

func TestNothingIsExportedThatWasNotNamed(t *testing.T) {
	s := startServer(t, nil)
	a := newHost(t, "a", 4096)
	c := a.config(s.url(), "b")
	c.Export.Topics = []string{"named", "begins.*"}
	ab := run(t, c)
	nc, err := nats.Connect(s.url())
	fleettest.Must(t, err)
	defer nc.Close()
	tap, err := nc.SubscribeSync(">")
	fleettest.Must(t, err)
	for _, topic := range []string{"secret", "named", "namedtoo", "begins.here", "begin", GapTopic} {
		_, err := a.bus.Publish(topic, []byte("x"))
		fleettest.Must(t, err)
	}
	until(t, "all to be read", func() bool { return ab.counter("exported_frames")+ab.counter("export_skipped") >= 6 })
	until(t, "the exported ones", func() bool { return ab.counter("exported_frames") == 2 })
	fleettest.Must(t, nc.Flush())
	for range 3 { // those two are in one of the first; what follows are beats
		msg, err := tap.NextMsg(time.Second)
		if err != nil {
			break
		}
		if msg.Subject != "orbit.shop.a.event" || bytes.Contains(msg.Data, []byte("secret")) || bytes.Contains(msg.Data, []byte("namedtoo")) {
			t.Errorf("on %s: %q", msg.Subject, msg.Data)
		}
	}
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	good := func() Config {
		return Config{Host: "a", Fleet: "shop", Size: fleetSize, Remote: remoteNodes, Export: Export{Topics: []string{"t"}},
			Import: []Import{{Host: "b", Nodes: mappedNodes}}}
	}
	if _, err := good().complete(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"no host":                func(c *Config) { c.Host = "" },
		"a host with a dot":      func(c *Config) { c.Host = "a.b" },
		"a wildcard as host":     func(c *Config) { c.Import[0].Host = "*" },
		"itself as origin":       func(c *Config) { c.Import[0].Host = "a" },
		"no nodes":               func(c *Config) { c.Remote = Nodes{} },
		"nodes beyond the fleet": func(c *Config) { c.Remote.Count = 50 },
		"nodes of members":       func(c *Config) { c.Import[0].Nodes = Nodes{First: 1, Count: 2} },
		"its own node":           func(c *Config) { c.Import[0].Nodes.First = remoteNodes.First },
		"nodes twice":            func(c *Config) { c.Import = append(c.Import, Import{Host: "c", Nodes: Nodes{First: 8, Count: 1}}) },
		"an origin twice": func(c *Config) {
			c.Import[0].Nodes.Count = 2
			c.Import = append(c.Import, Import{Host: "b", Nodes: Nodes{First: 8, Count: 1}})
		},
		"an empty topic":          func(c *Config) { c.Export.Topics = []string{""} },
		"a star in the middle":    func(c *Config) { c.Export.Topics = []string{"a*b"} },
		"the bridge's own topics": func(c *Config) { c.Export.Topics = []string{GapTopic} },
		"a reserved kind":         func(c *Config) { c.Export.Kinds = []uint8{220} },
		"a prefix with a star":    func(c *Config) { c.Prefix = "orbit.>" },
		"a time below zero":       func(c *Config) { c.Refresh = -1 },
		"puts of no key":          func(c *Config) { c.Export.CachePuts = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			c := good()
			change(&c)
			_, err := c.complete()
			if detail := new(ConfigError); !errors.Is(err, ErrConfig) || !errors.As(err, &detail) || detail.Rule == "" {
				t.Errorf("it was taken: %v", err)
			}
		})
	}
}

func TestASecondBridgeOfAFleetIsRefused(t *testing.T) {
	s := startServer(t, nil)
	a := newHost(t, "a", 64)
	run(t, a.config(s.url(), "b"))
	if _, err := Open(a.config(s.url(), "b")); !errors.Is(err, fleet.ErrNodeHeld) {
		t.Errorf("a second bridge was opened: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(message(header{class: classEvent, to: 9}, eventAt(0, 0, "t", "x"), record{what: isGap, id: netid64.Make(220, 0, 3), version: 7}))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, records, err := decode(data, nil)
		if err != nil || h.class == classLatest {
			return
		}
		at := h.from
		for i := range records {
			if r := &records[i]; r.position < at || r.until() <= r.position || r.until() > h.to {
				t.Fatalf("record %d covers %d to %d behind %d, of a message from %d to %d", i, r.position, r.until(), at, h.from, h.to)
			}
			at = records[i].until()
		}
	})
}
