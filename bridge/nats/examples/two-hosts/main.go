// Two-hosts shows the bridge: two fleets in two directories stand for two hosts,
// with a NATS server in this process between them. What one publishes reaches the
// other; then the server goes away for longer than the ring holds, and what was
// lost is told.
//
//	go run ./examples/two-hosts
//	go run ./examples/two-hosts -server nats://127.0.0.1:4222
//
// With -server the server is yours, and stays.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	bridge "github.com/orbitring/orbit/bridge/nats"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
)

// The nodes of both fleets: 0 to 3 are members, 4 is the bridge, 5 to 8 stand for
// the members of the other host.
const size = 9

func main() {
	url := flag.String("server", "", "use this NATS server instead of one in this process")
	flag.Parse()
	if err := run(*url); err != nil {
		log.Fatal(err)
	}
}

func run(url string) error {
	dir, err := os.MkdirTemp("", "two-hosts-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var own *server.Server
	if url == "" {
		if own, err = serve(server.RANDOM_PORT); err != nil {
			return err
		}
		defer func() { own.Shutdown() }()
		url = own.ClientURL()
	}
	amsterdam, err := open(dir, "amsterdam", "berlin", url, 64)
	if err != nil {
		return err
	}
	defer amsterdam.close()
	berlin, err := open(dir, "berlin", "amsterdam", url, 1024)
	if err != nil {
		return err
	}
	defer berlin.close()
	for berlin.bridge.Counters()["import_messages"] == 0 { // until they have heard of each other
		time.Sleep(10 * time.Millisecond)
	}

	for n := range 3 {
		if _, err := amsterdam.bus.Publish("orders", fmt.Appendf(nil, "order %d", n)); err != nil {
			return err
		}
	}
	if _, err := amsterdam.bus.Publish("secrets", []byte("not named, so it stays")); err != nil {
		return err
	}
	berlin.show("order 2")
	if own == nil {
		return nil
	}

	fmt.Println("-- the server is away, and amsterdam's ring of 64 comes around twice")
	port := own.Addr().(*net.TCPAddr).Port
	own.Shutdown()
	own.WaitForShutdown()
	for amsterdam.bridge.Connected() {
		time.Sleep(10 * time.Millisecond)
	}
	for n := range 128 {
		if _, err := amsterdam.bus.Publish("orders", fmt.Appendf(nil, "late order %d", n)); err != nil {
			return err
		}
	}
	if own, err = serve(port); err != nil {
		return err
	}
	for !amsterdam.bridge.Connected() || !berlin.bridge.Connected() {
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := amsterdam.bus.Publish("orders", []byte("order after all")); err != nil {
		return err
	}
	berlin.show("order after all")
	return nil
}

func serve(port int) (*server.Server, error) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoLog: true, NoSigs: true})
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		return nil, fmt.Errorf("the NATS server does not start on port %d", port)
	}
	return s, nil
}

// host is one of the two: a member of its fleet, and the fleet's bridge.
type host struct {
	name   string
	fleet  *fleet.Fleet
	bus    *event.Bus
	sub    *event.Subscriber
	bridge *bridge.Bridge
	stop   context.CancelFunc
	done   chan error
}

func open(dir, name, other, url string, slots uint64) (*host, error) {
	h := &host{name: name, done: make(chan error, 1)}
	dir = filepath.Join(dir, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	var err error
	if h.fleet, err = fleet.JoinShared("shop", fleet.Options{Size: size, Dir: dir, Node: fleet.Node(0)}); err != nil {
		return nil, err
	}
	events := event.Options{Capacity: slots}
	if h.bus, err = event.Open(h.fleet, events); err != nil {
		return nil, err
	}
	if h.sub, err = h.bus.Subscribe(ring.Now); err != nil {
		return nil, err
	}
	h.bridge, err = bridge.Open(bridge.Config{
		Host: name, Fleet: "shop", Size: size, Dir: dir, Events: events,
		Remote: bridge.Nodes{First: 4, Count: 5},
		Export: bridge.Export{Topics: []string{"orders"}},
		Import: []bridge.Import{{Host: other, Nodes: bridge.Nodes{First: 5, Count: 4}}},
		URL:    url, Refresh: 100 * time.Millisecond, Slowest: 200 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	go func() { h.done <- h.bridge.Run(ctx) }()
	return h, nil
}

// show prints what reaches this host, until an order does.
func (h *host) show(last string) {
	late, shown := 0, false
	for !shown {
		h.sub.Wait(context.Background())
		for e := range h.sub.Events(0) {
			gap, err := bridge.ParseGap(e.Payload)
			switch {
			case string(e.Topic) == bridge.GapTopic && err == nil:
				fmt.Printf("%s: missing %v\n", h.name, gap)
			case strings.HasPrefix(string(e.Payload), "late"):
				late++
			default:
				if late > 0 {
					fmt.Printf("%s: %d late orders\n", h.name, late)
				}
				fmt.Printf("%s: %s %q as node %d\n", h.name, e.Topic, e.Payload, e.ID.Node())
				shown = string(e.Payload) == last
			}
		}
	}
}

func (h *host) close() {
	h.stop()
	if err := <-h.done; err != nil {
		log.Print(err)
	}
	h.bridge.Close()
	h.sub.Close()
	h.fleet.Close()
}
