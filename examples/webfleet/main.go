// Webfleet is a small web service of three worker processes behind one port.
// They share a cache: what one has read from the database, all have. Each also
// keeps ready-made pages of its own, and throws away those that an event says
// are out of date. Who brings a price from the database into the cache holds a
// lease on it, so the others need not ask too, and nobody brings an old one.
//
//	go run ./examples/webfleet
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/contest"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
)

const workers = 3

func main() {
	if dir := os.Getenv("WEBFLEET_WORKER"); dir != "" {
		log.Fatal(work(dir))
	}
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run starts the workers and is their client.
func run(out io.Writer) error {
	dir, err := os.MkdirTemp("", "webfleet")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "tea"), []byte("1250"), 0o600); err != nil {
		return err
	}
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer port.Close()
	socket, err := port.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	defer socket.Close()
	for range workers {
		w := exec.Command(os.Args[0])
		w.Env = append(os.Environ(), "WEBFLEET_WORKER="+dir)
		w.ExtraFiles = []*os.File{socket} // all workers accept from one socket
		w.Stderr = os.Stderr
		if err := w.Start(); err != nil {
			return err
		}
		defer w.Wait()
		defer w.Process.Kill()
	}

	url := "http://" + port.Addr().String() + "/price/tea"
	_, from, err := ask(http.MethodGet, url, "")
	fmt.Fprintln(out, "the first request is answered from the", from, err)
	fmt.Fprintln(out, "100 more:", tally(url))
	body, _, err := ask(http.MethodPut, url, "1399")
	fmt.Fprint(out, body, " ", err, "\n")
	fmt.Fprintln(out, "100 more:", tally(url))
	return nil
}

// tally asks 100 times and says how often for what price, and whether the
// database was asked again.
func tally(url string) string {
	prices, database := map[string]int{}, false
	for range 100 {
		price, from, err := ask(http.MethodGet, url, "")
		if err != nil {
			return err.Error()
		}
		prices[price]++
		database = database || from == "database"
	}
	return fmt.Sprintf("%v, database asked: %v", prices, database)
}

// ask makes a request over a connection of its own, so that any worker may get it.
func ask(method, url, body string) (answer, from string, err error) {
	q, err := http.NewRequest(method, url, bytes.NewBufferString(body))
	if err != nil {
		return "", "", err
	}
	q.Close = true
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return "", "", err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	return string(text), a.Header.Get("X-From"), err
}

// shop is what a worker has.
type shop struct {
	dir    string // the database: a file for each item
	prices *cache.Cache
	bus    *event.Bus
	leases *contest.Table

	mu      sync.Mutex
	changes *event.Subscriber
	events  []event.Event
	pages   map[string]string // ready-made, of this worker alone
}

// work is the life of a worker.
func work(dir string) error {
	f, err := fleet.JoinShared("webfleet", fleet.Options{Size: workers, Dir: dir})
	if err != nil {
		return err
	}
	defer f.Close()
	s := &shop{dir: dir, events: make([]event.Event, 16), pages: map[string]string{}}
	if s.prices, err = cache.Open(f, cache.Options{}); err != nil {
		return err
	}
	if s.bus, err = event.Open(f, event.Options{}); err != nil {
		return err
	}
	if s.leases, err = contest.Open(f, contest.Options{}); err != nil {
		return err
	}
	if s.changes, err = s.bus.Subscribe(ring.Now); err != nil {
		return err
	}
	port, err := net.FileListener(os.NewFile(3, "socket"))
	if err != nil {
		return err
	}
	http.HandleFunc("GET /price/{item}", s.get)
	http.HandleFunc("PUT /price/{item}", s.put)
	return http.Serve(port, nil)
}

func (s *shop) get(w http.ResponseWriter, r *http.Request) {
	page, from, err := s.page(r.Context(), r.PathValue("item"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("X-From", from)
	io.WriteString(w, page)
}

// page looks into its own pages, then the fleet's cache, then the database.
func (s *shop) page(ctx context.Context, item string) (page, from string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.forget(); err != nil {
		return "", "", err
	}
	if page, ok := s.pages[item]; ok {
		return page, "worker", nil
	}
	buf := s.prices.NewBuffer()
	price, ok, err := s.prices.Get(item, buf)
	from = "cache"
	if err == nil && !ok {
		err = s.alone(ctx, item, func() error {
			if price, ok, err = s.prices.Get(item, buf); ok || err != nil { // somebody brought it meanwhile
				return err
			}
			from = "database"
			if price, err = os.ReadFile(filepath.Join(s.dir, filepath.Base(item))); err != nil {
				return err
			}
			_, err = s.prices.Put(item, price, time.Minute)
			return err
		})
	}
	if err != nil {
		return "", "", err
	}
	s.pages[item] = string(price) + " cents"
	return s.pages[item], from, nil
}

// forget throws away the pages of what has changed. It is a look into memory,
// cheap enough for every request.
func (s *shop) forget() error {
	for n := len(s.events); n == len(s.events); {
		var lag ring.Loss
		var err error
		if n, lag, err = s.changes.Poll(s.events); err != nil {
			return err
		}
		for _, e := range s.events[:n] {
			delete(s.pages, string(e.Payload))
		}
		if lag.Total() > 0 { // too far behind: who knows what has changed
			clear(s.pages)
		}
	}
	return nil
}

// alone does something to an item while nobody else in the fleet does.
func (s *shop) alone(ctx context.Context, item string, do func() error) error {
	g, err := s.leases.Acquire(ctx, contest.Subject{Label: item}, "", 5*time.Second)
	if err != nil {
		return err
	}
	defer g.Release()
	return do()
}

// put writes to the database, then to the cache, and then tells everybody. When
// the client has its answer, no worker serves the old price any more.
func (s *shop) put(w http.ResponseWriter, r *http.Request) {
	item := r.PathValue("item")
	price, err := io.ReadAll(io.LimitReader(r.Body, 20))
	if err == nil {
		err = s.alone(r.Context(), item, func() error {
			if err := os.WriteFile(filepath.Join(s.dir, filepath.Base(item)), price, 0o600); err != nil {
				return err
			}
			if _, err := s.prices.Put(item, price, time.Minute); err != nil {
				return err
			}
			_, err := s.bus.Publish("changed", []byte(item))
			return err
		})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, "%s costs %s cents now", item, price)
}
