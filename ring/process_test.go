//go:build linux

package ring_test

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/orbitring/orbit/internal/proctest"
	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// session is a process that does with one ring what it is told:
//
//	open NAME TOPOLOGY LANES CAPACITY PAYLOAD · attach NAME · observe NAME · adopt
//	writer NODE · publish OP VERSION TEXT · reserve TEXT · fill TEXT
//	commit OP VERSION · abort · stats · close
//	cursor · drain POSITION · head LANE · newest LANE · read ID · reset
func session(p *proctest.Parent, _ []string) error {
	var s sessionState
	for {
		line, ok := p.Hear()
		if !ok {
			return nil
		}
		answer, err := s.do(strings.Fields(line))
		if err != nil {
			answer = "error: " + err.Error()
		}
		p.Say("%s", answer)
	}
}

type sessionState struct {
	*ring.Ring
	w   *ring.Writer
	res ring.Reservation
	c   *ring.Cursor
	f   ring.Frame
}

func (s *sessionState) do(words []string) (answer string, err error) {
	n := make([]uint64, len(words))
	for i := range words {
		n[i], _ = strconv.ParseUint(words[i], 10, 64)
	}
	switch words[0] {
	case "open":
		id := shape(layout.Topology(n[2]), uint32(n[3]), n[4], uint32(n[5]))
		return s.use(shm.Open(words[1], id, shm.Options{}))
	case "attach":
		return s.use(shm.Attach(words[1], shm.Options{}))
	case "observe":
		return s.use(shm.Observe(words[1], shm.Options{}))
	case "adopt":
		return s.use(shm.AttachFile(os.NewFile(3, "handed over"), false))
	case "writer":
		s.w, err = s.Writer(uint16(n[1]))
	case "publish":
		id, err := s.w.Publish(uint8(n[1]), n[2], []byte(words[3]))
		return id.String(), err
	case "reserve":
		if s.res, err = s.w.Reserve(len(words[1])); err == nil {
			copy(s.res.Payload(), words[1])
			return s.res.ID().String(), nil
		}
	case "fill":
		copy(s.res.Payload(), words[1])
	case "commit":
		err = s.res.Commit(uint8(n[1]), n[2])
	case "abort":
		s.res.Abort()
	case "stats":
		return say(s.w.Stats()), nil
	case "close":
		err = s.w.Close()
	case "cursor":
		s.c, err = s.Cursor(ring.Oldest)
	case "drain":
		return say(drainTo(s.c, n[1]), s.c.Loss(), s.c.Position(0)), nil
	case "head":
		return say(s.Head(int(n[1]))), nil
	case "newest":
		ok, err := s.Newest(int(n[1]), &s.f)
		return describe(&s.f, ok, err)
	case "read":
		id, err := netid64.Parse(words[1])
		if err != nil {
			return "", err
		}
		ok, err := s.Read(id, &s.f)
		return describe(&s.f, ok, err)
	case "reset":
		err = s.Reset()
	default:
		err = errors.New("no such command")
	}
	return "done", err
}

func (s *sessionState) use(seg *shm.Segment, err error) (string, error) {
	if err != nil {
		return "", err
	}
	if s.Ring, err = ring.Open(seg); err != nil {
		return "", err
	}
	s.f = s.NewFrame()
	if seg.Created() {
		return "created", nil
	}
	return "attached", nil
}

// drainTo takes everything there is until the cursor stands at position in lane
// 0 or behind it: a cursor may believe for a while that a dead writer lives.
func drainTo(c *ring.Cursor, position uint64) (texts []string) {
	for b := (ring.Backoff{}); ; b.Pause() {
		for f := range c.Frames(0) {
			texts = append(texts, string(f.Payload))
		}
		if c.Position(0) >= position {
			return texts
		}
	}
}

func describe(f *ring.Frame, ok bool, err error) (string, error) {
	if err != nil || !ok {
		return "none", err
	}
	return say(f.ID, f.Op, f.Version, string(f.Payload)), nil
}

// openHere opens the named ring in this process.
func openHere(t *testing.T, name string, id layout.Identity) rig {
	t.Helper()
	return rig{t, func() ring.Region {
		s, err := shm.Open(name, id, shm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}}
}

// member starts a session that is attached to the named ring.
func member(t *testing.T, name string) *proctest.Child {
	t.Helper()
	c := proctest.Start(t, "session")
	c.Answers("attached", "attach %s", name)
	return c
}

// writingMember starts a session that writes as a node.
func writingMember(t *testing.T, name string, node uint16) *proctest.Child {
	t.Helper()
	c := member(t, name)
	c.Answers("done", "writer %d", node)
	return c
}

var bothTopologies = []layout.Identity{shape(layout.Lane, 4, 4, 16), shape(layout.Shared, 1, 4, 16)}

func TestAChildReadsWhatTheParentWroteFirst(t *testing.T) {
	if !shareable(t) {
		return
	}
	for _, id := range bothTopologies {
		name := newName(t)
		r := openHere(t, name, id)
		x := r.ring()
		published, err := r.writer(x, 1).Publish(5, 99, []byte("from-the-parent"))
		if err != nil {
			t.Fatal(err)
		}
		c := member(t, name)
		c.Answers(say(published, 5, 99, "from-the-parent"), "read %v", published)
		c.Leave()
	}
}

func TestTheParentReadsWhatAChildWroteIntoItsEmptyRing(t *testing.T) {
	if !shareable(t) {
		return
	}
	for _, id := range bothTopologies {
		name := newName(t)
		r := openHere(t, name, id)
		region := r.open().(*shm.Segment)
		x, err := ring.Open(region)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { x.Close() })
		r.equal("parent created", region.Created(), true)
		c := proctest.Start(t, "session")
		g := id.Geometry
		c.Answers("attached", "open %s %d %d %d %d", name, g.Topology, g.Lanes, g.Capacity, g.Payload)
		c.Answers("done", "writer 2")
		want := netid64.Make(testKind, 2, 0)
		c.Answers(want.String(), "publish 3 7 hello")
		c.Leave()
		f, ok := r.newest(x, laneOf(x, 2))
		r.equal("newest", say(f.ID, f.Op, f.Version, string(f.Payload), ok), say(want, 3, 7, "hello", true))
		r.equal("kind", f.ID.Kind(), testKind)
	}
}

func TestPingAndPongMeetInOneRing(t *testing.T) {
	if !shareable(t) {
		return
	}
	name := newName(t)
	r := openHere(t, name, shape(layout.Shared, 1, 16, 64))
	x := r.ring()
	ping := r.publish(r.writer(x, 0), "ping")[0]
	c := writingMember(t, name, 2)
	c.Answers(say(ping, 1, 1, "ping"), "newest 0")
	pong := netid64.Make(testKind, 2, 1)
	c.Answers(pong.String(), "publish 2 1 pong")
	r.equal("head", x.Head(0), 2)
	f, _ := r.newest(x, 0)
	r.equal("newest", say(f.ID, string(f.Payload)), say(pong, "pong"))
	f, ok := r.read(x, ping)
	r.equal("ping by id", say(string(f.Payload), ok), "ping true")
	c.Leave()
}

func TestAChildUsesASegmentThatHasNoName(t *testing.T) {
	if !shareable(t) {
		return
	}
	s, err := shm.Unnamed(shape(layout.Shared, 1, 4, 16), shm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := ring.Open(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	r := rig{T: t}
	r.publish(r.writer(x, 1), "down")
	f, err := s.File()
	if err != nil {
		t.Fatal(err)
	}
	c := proctest.StartWith(t, []*os.File{f}, "session")
	c.Answers("attached", "adopt")
	c.Answers(say(netid64.Make(testKind, 1, 0), 1, 1, "down"), "newest 0")
	if got := c.Ask("writer 1"); !strings.Contains(got, ring.ErrNodeHeld.Error()) {
		t.Errorf("the parent's node: %s", got)
	}
	c.Answers("done", "writer 2")
	c.Answers(netid64.Make(testKind, 2, 1).String(), "publish 1 1 up")
	c.Kill()
	r.writer(x, 2)
	got, _ := r.newest(x, 0)
	r.equal("newest", string(got.Payload), "up")
}

func TestAWriterKilledInsideASharedSlotCostsItsReadersOneFrame(t *testing.T) {
	if !shareable(t) {
		return
	}
	name := newName(t)
	r := openHere(t, name, shape(layout.Shared, 1, 4, 16))
	x := r.ring()
	c := r.cursor(x, ring.Oldest)
	patient := member(t, name)
	patient.Answers("done", "cursor")
	w := r.writer(x, 1)
	r.publish(w, "a")
	victim := writingMember(t, name, 2)
	victim.Answers(netid64.Make(testKind, 2, 1).String(), "reserve torn")
	r.equal("polled while it lives", r.drain(x, c), []string{"a"})
	r.equal("loss while it lives", c.Loss(), ring.Loss{})
	victim.Kill()
	r.publish(w, "b")
	r.equal("polled", drainTo(c, 3), []string{"b"})
	r.equal("loss", c.Loss(), ring.Loss{Unavailable: 1})
	patient.Answers(say([]string{"a", "b"}, ring.Loss{Unavailable: 1}, 3), "drain 3")
	r.publish(w, "c", "d", "e", "f")
	r.equal("polled", r.drain(x, c), []string{"c", "d", "e", "f"})
	r.equal("loss", c.Loss(), ring.Loss{Unavailable: 1})
	r.equal("writer", w.Stats(), ring.WriterStats{Takeovers: 1})
	patient.Answers(say([]string{"c", "d", "e", "f"}, ring.Loss{Unavailable: 1}, 7), "drain 7")
	patient.Leave()
}

func TestAnObserverAlsoPassesWhatAKilledWriterLeft(t *testing.T) {
	if !shareable(t) {
		return
	}
	name := newName(t)
	r := openHere(t, name, shape(layout.Shared, 1, 4, 16))
	r.ring()
	observer := proctest.Start(t, "session")
	observer.Answers("attached", "observe %s", name)
	observer.Answers("done", "cursor")
	victim := writingMember(t, name, 2)
	victim.Answers(netid64.Make(testKind, 2, 0).String(), "reserve torn")
	observer.Answers(say([]string(nil), ring.Loss{}, 0), "drain 0")
	victim.Kill()
	observer.Answers(say([]string(nil), ring.Loss{Unavailable: 1}, 1), "drain 1")
	observer.Answers("none", "newest 0")
	observer.Leave()
}

func TestANewLifeOfAKilledNodeSweepsItsSlot(t *testing.T) {
	if !shareable(t) {
		return
	}
	name := newName(t)
	r := openHere(t, name, shape(layout.Shared, 1, 4, 16))
	x := r.ring()
	c := r.cursor(x, ring.Oldest)
	victim := writingMember(t, name, 2)
	victim.Answers(netid64.Make(testKind, 2, 0).String(), "reserve torn")
	victim.Kill()
	next := writingMember(t, name, 2)
	next.Answers(say(ring.WriterStats{Swept: 1}), "stats")
	next.Answers(netid64.Make(testKind, 2, 1).String(), "publish 1 1 whole")
	r.equal("polled", r.drain(x, c), []string{"whole"})
	r.equal("loss", c.Loss(), ring.Loss{Unavailable: 1})
	w := r.writer(x, 1)
	r.publish(w, "b", "c", "d", "e")
	r.equal("writer finds nothing left", w.Stats(), ring.WriterStats{})
	next.Leave()
}

func TestAWriterKilledInsideItsLaneCostsNobodyAnything(t *testing.T) {
	if !shareable(t) {
		return
	}
	name := newName(t)
	r := openHere(t, name, shape(layout.Lane, 3, 4, 16))
	x := r.ring()
	c := r.cursor(x, ring.Oldest)
	other := member(t, name)
	other.Answers("done", "cursor")
	first := netid64.Make(testKind, 0, 0)
	victim := writingMember(t, name, 0)
	victim.Answers(first.String(), "reserve torn")
	r.equal("polled while it lives", r.drain(x, c), []string(nil))
	victim.Kill()
	r.equal("head", x.Head(0), 0)
	r.equal("polled", r.drain(x, c), []string(nil))
	next := writingMember(t, name, 0)
	next.Answers(first.String(), "publish 1 1 whole")
	f, ok := r.read(x, first)
	r.equal("by id", say(string(f.Payload), ok), "whole true")
	r.equal("polled", r.drain(x, c), []string{"whole"})
	r.equal("loss", c.Loss(), ring.Loss{})
	other.Answers(say([]string{"whole"}, ring.Loss{}, 1), "drain 1")
	next.Leave()
	other.Leave()
}

func TestANodeOfALiveProcessIsRefusedUntilItIsKilled(t *testing.T) {
	if !shareable(t) {
		return
	}
	for _, id := range bothTopologies {
		name := newName(t)
		r := openHere(t, name, id)
		x := r.ring()
		holder := writingMember(t, name, 3)
		_, err := x.Writer(3)
		var held *ring.NodeHeldError
		if !errors.Is(err, ring.ErrNodeHeld) || !errors.As(err, &held) || held.Node != 3 {
			t.Errorf("got %v, want node 3 held", err)
		}
		third := member(t, name)
		if got := third.Ask("writer 3"); !strings.Contains(got, ring.ErrNodeHeld.Error()+": node 3 ") {
			t.Errorf("in a third process: %s", got)
		}
		holder.Stop()
		if _, err := x.Writer(3); !errors.Is(err, ring.ErrNodeHeld) {
			t.Errorf("while its process is stopped: %v", err)
		}
		holder.Kill()
		w, err := x.Writer(3)
		if err != nil {
			t.Fatalf("after kill -9: %v", err)
		}
		if got := third.Ask("writer 3"); !strings.Contains(got, ring.ErrNodeHeld.Error()+": node 3 ") {
			t.Errorf("in a third process, after the kill: %s", got)
		}
		w.Close()
		third.Answers("done", "writer 3")
		third.Answers("done", "close")
		r.writer(x, 3)
		third.Leave()
	}
}

func TestAStoppedWriterIsLappedAndItsFrameNeverSurfaces(t *testing.T) {
	if !shareable(t) {
		return
	}
	for _, capacity := range []uint64{2, 4, 64} {
		t.Run(fmt.Sprint(capacity), func(t *testing.T) {
			name := newName(t)
			r := openHere(t, name, shape(layout.Shared, 1, capacity, 16))
			x := r.ring()
			w := r.writer(x, 1)
			r.publish(w, "fast")
			eager, late := r.cursor(x, ring.Oldest), r.cursor(x, ring.Oldest)
			eager.SetStallLimit(0)
			r.equal("polled", r.drain(x, eager), []string{"fast"})
			slow := writingMember(t, name, 2)
			mine := netid64.Make(testKind, 2, 1)
			slow.Answers(mine.String(), "reserve early")
			slow.Stop()

			const laps = 50
			published, delivered := uint64(1), uint64(1)
			drain := func() {
				t.Helper()
				for _, s := range r.drain(x, eager) {
					if delivered++; s != "fast" {
						t.Errorf("delivered %q", s)
					}
				}
			}
			for range laps * capacity {
				r.publish(w, "fast")
				published++
				drain()
				if f, ok := r.newest(x, 0); !ok || string(f.Payload) != "fast" {
					t.Fatalf("newest is %q, %v", f.Payload, ok)
				}
			}
			holes := w.Stats().Holes
			r.equal("writer", w.Stats(), ring.WriterStats{Holes: (x.Head(0) - 2) / capacity})
			r.equal("head", x.Head(0), published+1+holes)

			slow.Resume()
			slow.Answers("done", "fill too-late")
			drain()
			if got := slow.Ask("commit 1 1"); !strings.Contains(got, ring.ErrLapped.Error()) || !strings.Contains(got, "1 lost, the first is "+mine.String()) {
				t.Errorf("commit: %s", got)
			}
			slow.Answers(say(ring.WriterStats{Lost: 1}), "stats")
			if f, ok := r.read(x, mine); ok {
				t.Errorf("the lost frame is readable: %q", f.Payload)
			}
			drain()
			r.equal("delivered", delivered, published)
			r.equal("eager loss", eager.Loss(), ring.Loss{Unavailable: 1 + holes})
			r.equal("eager position", eager.Position(0), x.Head(0))
			texts := r.drain(x, late)
			for _, s := range texts {
				if s != "fast" {
					t.Errorf("the late reader got %q", s)
				}
			}
			r.equal("late position", late.Position(0), x.Head(0))
			r.equal("late count", uint64(len(texts))+late.Loss().Total(), x.Head(0))
			r.equal("late unavailable", late.Loss().Unavailable, 1)

			for range 3 * capacity {
				r.publish(w, "fast")
				published++
				drain()
			}
			r.equal("holes after it left", w.Stats().Holes, holes)
			r.equal("delivered", delivered, published)
			slow.Answers(netid64.Make(testKind, 2, x.Head(0)).String(), "publish 1 1 back")
			r.equal("polled", r.drain(x, eager), []string{"back"})
			slow.Leave()
		})
	}
}

func TestAWriterKilledWhileStoppedAndLappedIsTakenOver(t *testing.T) {
	if !shareable(t) {
		return
	}
	name := newName(t)
	r := openHere(t, name, shape(layout.Shared, 1, 4, 16))
	x := r.ring()
	c := r.cursor(x, ring.Oldest)
	c.SetStallLimit(0)
	w := r.writer(x, 1)
	slow := writingMember(t, name, 2)
	slow.Answers(netid64.Make(testKind, 2, 0).String(), "reserve torn")
	slow.Stop()
	delivered := 0
	write := func(n int) {
		for range n {
			r.publish(w, "fast")
			delivered += len(r.drain(x, c))
		}
	}
	write(12)
	r.equal("while it is stopped", w.Stats(), ring.WriterStats{Holes: 3})
	slow.Kill()
	write(12)
	r.equal("after its death", w.Stats(), ring.WriterStats{Holes: 3, Takeovers: 1})
	r.equal("delivered", delivered, 24)
	r.equal("loss", c.Loss(), ring.Loss{Unavailable: 4})
	next := writingMember(t, name, 2)
	next.Answers(say(ring.WriterStats{}), "stats")
	next.Leave()
}

func TestAWriterStoppedInsideItsLaneGoesOnWhereItWas(t *testing.T) {
	if !shareable(t) {
		return
	}
	name := newName(t)
	r := openHere(t, name, shape(layout.Lane, 2, 4, 16))
	x := r.ring()
	c := r.cursor(x, ring.Oldest)
	slow := writingMember(t, name, 1)
	mine := netid64.Make(testKind, 1, 0)
	slow.Answers(mine.String(), "reserve early")
	slow.Stop()
	w := r.writer(x, 0)
	for range 50 {
		r.publish(w, "fast")
		r.equal("polled", r.drain(x, c), []string{"fast"})
	}
	r.equal("head", x.Head(1), 0)
	slow.Resume()
	slow.Answers("done", "fill later")
	slow.Answers("done", "commit 1 1")
	r.equal("polled", r.drain(x, c), []string{"later"})
	r.equal("loss", c.Loss(), ring.Loss{})
	slow.Leave()
}

func TestAnObserverReadsWhileOthersWriteAndMayNotWrite(t *testing.T) {
	if !shareable(t) {
		return
	}
	for _, id := range bothTopologies {
		name := newName(t)
		r := openHere(t, name, id)
		r.ring()
		writers := []*proctest.Child{writingMember(t, name, 1), writingMember(t, name, 2)}
		s, err := shm.Observe(name, shm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		x, err := ring.Open(s)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { x.Close() })
		if _, err := x.Writer(3); !errors.Is(err, ring.ErrReadOnly) {
			t.Errorf("writer: %v", err)
		}
		if err := x.Reset(); !errors.Is(err, ring.ErrReadOnly) {
			t.Errorf("reset: %v", err)
		}
		c := r.cursor(x, ring.Oldest)
		for i := range 20 {
			text := fmt.Sprintf("number-%d", i)
			published, err := netid64.Parse(writers[i%2].Ask("publish 1 %d %s", i, text))
			if err != nil {
				t.Fatal(err)
			}
			r.equal("polled", r.drain(x, c), []string{text})
			f, _ := r.newest(x, laneOf(x, int(published.Node())))
			r.equal("newest", say(f.ID, f.Version, string(f.Payload)), say(published, i, text))
			f, ok := r.read(x, published)
			r.equal("by id", say(f.ID, string(f.Payload), ok), say(published, text, true))
		}
		r.equal("loss", c.Loss(), ring.Loss{})
		writers[0].Answers("done", "reset")
		for _, text := range []string{"x", "y", "z"} {
			writers[1].Ask("publish 1 1 %s", text)
		}
		r.equal("polled", r.drain(x, c), []string{"x", "y", "z"})
		for _, w := range writers {
			w.Leave()
		}
	}
}
