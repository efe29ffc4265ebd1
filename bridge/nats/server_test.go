package bridge

import (
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

// natsServer is a real server in this process, on 127.0.0.1 alone. It can be
// stopped and started again under the same address with the same store.
type natsServer struct {
	t       testing.TB
	options server.Options
	s       *server.Server
}

func startServer(t testing.TB, set func(*server.Options)) *natsServer {
	t.Helper()
	before := sockets()
	n := &natsServer{t: t, options: server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true,
		JetStream: true, StoreDir: t.TempDir(),
	}}
	if set != nil {
		set(&n.options)
	}
	n.start()
	n.options.Port = n.s.Addr().(*net.TCPAddr).Port
	t.Cleanup(func() {
		n.stop()
		until(t, "the sockets of clients to close", func() bool { return sockets() <= before })
	})
	return n
}

// sockets counts those of this process. A client that is closed while it connects
// closes its own a little later.
func sockets() (n int) {
	open, _ := os.ReadDir("/proc/self/fd")
	for _, fd := range open {
		if to, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

func (n *natsServer) start() {
	n.t.Helper()
	options := n.options
	s, err := server.NewServer(&options)
	fleettest.Must(n.t, err)
	go s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		n.t.Fatal("the server does not start")
	}
	n.s = s
}

func (n *natsServer) stop() {
	n.s.Shutdown()
	n.s.WaitForShutdown()
}

func (n *natsServer) restart() {
	n.t.Helper()
	n.stop()
	n.start()
}

func (n *natsServer) url() string { return n.s.ClientURL() }

// proxy stands between a client and the server as the network would. What it
// does to the connections that go through it can be changed at any time.
type proxy struct {
	t        testing.TB
	listener net.Listener
	to       func() string

	mu     sync.Mutex
	open   map[net.Conn]bool
	silent chan struct{} // not nil: nothing passes until it is closed
	rate   int           // bytes a second; 0 is no limit
	done   sync.WaitGroup
}

func startProxy(t testing.TB, n *natsServer) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fleettest.Must(t, err)
	p := &proxy{t: t, listener: l, open: make(map[net.Conn]bool), to: func() string {
		return net.JoinHostPort("127.0.0.1", itoa(n.options.Port))
	}}
	p.done.Go(p.accept)
	t.Cleanup(func() {
		l.Close()
		p.pass()
		p.cut()
		p.done.Wait()
	})
	return p
}

func (p *proxy) url() string { return "nats://" + p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		from, err := p.listener.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", p.to())
		if err != nil {
			from.Close()
			continue
		}
		p.mu.Lock()
		p.open[from], p.open[to] = true, true
		p.mu.Unlock()
		p.done.Go(func() { p.carry(from, to) })
		p.done.Go(func() { p.carry(to, from) })
	}
}

func (p *proxy) carry(from, to net.Conn) {
	defer func() {
		from.Close()
		to.Close()
		p.mu.Lock()
		delete(p.open, from)
		delete(p.open, to)
		p.mu.Unlock()
	}()
	buf := make([]byte, 16<<10)
	for {
		p.mu.Lock()
		silent, rate := p.silent, p.rate
		p.mu.Unlock()
		if silent != nil {
			<-silent
		}
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if rate > 0 {
			time.Sleep(time.Duration(n) * time.Second / time.Duration(rate))
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// cut breaks every connection; new ones pass.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		c.Close()
	}
}

// silence is a partition: nothing passes any more, and nobody is told.
func (p *proxy) silence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silent == nil {
		p.silent = make(chan struct{})
	}
}

// pass ends a silence.
func (p *proxy) pass() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silent != nil {
		close(p.silent)
		p.silent = nil
	}
}

func (p *proxy) slow(bytesPerSecond int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rate = bytesPerSecond
}
