//go:build linux

package hammer

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/orbitring/orbit/internal/proctest"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// A history is a short run whose every call is written down with the time when
// it began and the time when it ended, so that it can be asked whether the calls
// could have happened one after the other.
type history struct {
	seed     uint64
	number   int
	topology layout.Topology
	capacity uint64
	writers  int
	readers  int
	kills    int
	length   time.Duration
}

func drawHistory(seed uint64, number int) history {
	r := rand.New(rand.NewPCG(seed, ^uint64(number)))
	h := history{seed: seed, number: number, topology: []layout.Topology{layout.Shared, layout.Lane}[number%2],
		capacity: []uint64{2, 4, 64}[r.IntN(3)], writers: 2 + r.IntN(3), readers: 1 + r.IntN(3),
		kills: r.IntN(4), length: 60 * time.Millisecond}
	if h.topology == layout.Lane {
		h.writers = 1
	}
	return h
}

func (h history) String() string {
	return fmt.Sprintf("history of %v, %d slots, %d writers, %d readers, %d kills", h.topology, h.capacity, h.writers, h.readers, h.kills)
}

// call is one line of a history. The end comes last: without it the process was
// killed inside.
type call struct{ begin, position, version, end uint64 }

func (c call) entry() entry { return entry{c.begin, c.position, c.version, c.end} }

// What stands for a position in a call.
const (
	nowhere = 1<<63 + iota // Newest found nothing
	unknown                // the call failed or did not end
	lapped                 // added to a position: claimed, and lost
)

type (
	historyOrder struct {
		Name    string
		Node    uint16
		Life    uint64
		Seed    uint64
		Publish bool
	}
)

// historian publishes, or asks for the newest frame, and writes down each call.
func historian(p *proctest.Parent, args []string) error {
	o, b, x, err := historianSetup(args)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(o.Seed, o.Life))
	var act func(*call)
	if o.Publish {
		w, err := x.Writer(o.Node)
		if err != nil {
			b.complain("node %d, life %d: %v", o.Node, o.Life, err)
			return err
		}
		defer w.Close()
		act = func(c *call) { publishCall(b, w, c) }
	} else {
		f := x.NewFrame()
		act = func(c *call) { newestCall(b, x, &f, c) }
	}
	p.Say("ready")
	if _, ok := p.Hear(); !ok {
		return nil
	}
	for i := uint64(1); !p.Pending() && i < historyCalls; i++ {
		c := call{position: unknown, version: author(o.Node, o.Life<<32|i)}
		n := int(b.get(entries))
		if c.begin = monotonic(); !b.note(c.entry()) {
			break
		}
		act(&c)
		c.end = monotonic()
		b.put(n, c.entry())
		for range rng.IntN(200) {
			yield()
		}
	}
	p.Say("done")
	p.Stay()
	return nil
}

// historyCalls bounds the calls of one process.
const historyCalls = 2000

func publishCall(b *book, w *ring.Writer, c *call) {
	id, err := w.Publish(0, c.version, nil)
	fence() // a lane's commit is a plain store, and the end is to come behind it
	switch err.(type) {
	case nil:
		c.position = id.Counter()
	case *ring.LappedError:
		c.position = lapped + id.Counter()
	default:
		b.complain("publish: %v", err)
	}
}

func newestCall(b *book, x *ring.Ring, f *ring.Frame, c *call) {
	ok, err := x.Newest(0, f)
	switch {
	case err == ring.ErrContended:
	case err != nil:
		b.complain("newest: %v", err)
	case !ok:
		c.position = nowhere
	default:
		c.position, c.version = f.ID.Counter(), f.Version
	}
}

// run plays the history and checks it.
func (h history) run(t *testing.T) (sum soakSum) {
	t.Helper()
	name := newName(t)
	lanes := uint32(1)
	region, err := shm.Open(name, shape(h.topology, lanes, h.capacity, 8), shm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer region.Close()
	r := rand.New(rand.NewPCG(h.seed, uint64(h.number)<<33))
	var seats []*seat
	begin := func(s *seat) {
		s.life++
		s.Child = proctest.StartWith(t, []*os.File{s.book.file}, "historian",
			order(historyOrder{Name: name, Node: uint16(s.node), Life: s.life, Seed: r.Uint64(), Publish: s.style == ""}))
		s.Expect("ready")
	}
	for i := range h.writers + h.readers {
		s := &seat{node: i}
		if i >= h.writers {
			s.style = "newest"
		}
		if s.book, err = newBook(); err != nil {
			t.Fatal(err)
		}
		defer s.book.close()
		seats = append(seats, s)
		begin(s)
	}
	for _, s := range seats {
		s.Say("go")
	}
	for range h.kills {
		time.Sleep(time.Duration(r.Int64N(int64(h.length) / int64(h.kills))))
		s := seats[r.IntN(h.writers)]
		s.Kill()
		sum.kills++
		begin(s)
		s.Say("go")
	}
	time.Sleep(h.length / 4)
	for _, s := range seats {
		s.Say("end")
		s.Expect("done")
		s.Leave()
		sum.violations += s.book.get(complaints)
	}
	h.check(t, seats, &sum)
	return sum
}
