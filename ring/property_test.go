package ring_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

// model is what a ring of one writer must look like from outside.
type model struct {
	capacity uint64
	base     uint64            // first position
	head     uint64            // next position
	floor    uint64            // raised by Reset
	marked   uint64            // 1 after an aborted reservation in a lane: head's slot is marked
	frames   map[uint64]uint64 // position → version; a hole is missing
}

// held says that p is still in the ring and not reset away.
func (m *model) held(p uint64) bool {
	return p >= m.floor && p < m.head && m.end()-p <= m.capacity
}

// end is the position behind the last one that a writer has touched.
func (m *model) end() uint64 { return m.head + m.marked }

// tracked is a cursor with what the model knows of it.
type tracked struct {
	*ring.Cursor
	pos    uint64
	jumped bool
}

// next checks one Next against the model.
func (m *model) next(t *rapid.T, c *tracked, f *ring.Frame) {
	before := c.Loss()
	ok, err := c.Next(f)
	if err != nil {
		t.Fatal(err)
	}
	lost, to := c.Loss().Sub(before), c.Position(0)

	var want ring.Loss
	p := c.pos
	if p < m.floor {
		want.Reset = m.floor - p
		p = m.floor
	}
	if p < m.head && m.end()-p > m.capacity {
		oldest := m.end() - m.capacity
		if lost.Overwritten < oldest-p || lost.Overwritten > oldest-p+m.capacity/2 {
			t.Fatalf("at %d with head %d: %d overwritten, want %d or a margin more", c.pos, m.head, lost.Overwritten, oldest-p)
		}
		if !c.jumped && m.marked == 0 && lost.Overwritten != oldest-p {
			t.Fatalf("the first jump kept a margin: %d overwritten, want %d", lost.Overwritten, oldest-p)
		}
		c.jumped = true
		p += lost.Overwritten
		want.Overwritten = lost.Overwritten
	}
	for p < m.head {
		if _, there := m.frames[p]; there {
			break
		}
		want.Unavailable++
		p++
	}
	if lost != want {
		t.Fatalf("from %d with head %d and floor %d: lost %+v, want %+v", c.pos, m.head, m.floor, lost, want)
	}
	if ok != (p < m.head) {
		t.Fatalf("from %d with head %d: delivered is %v", c.pos, m.head, ok)
	}
	if ok {
		if f.ID.Counter() != p&netid64.CounterMask || f.Version != m.frames[p] {
			t.Fatalf("from %d: got %v version %d, want position %d version %d", c.pos, f.ID, f.Version, p, m.frames[p])
		}
		p++
	}
	if to != p {
		t.Fatalf("from %d: went to %d, want %d", c.pos, to, p)
	}
	c.pos = p
}

// passAll checks that a NextMatch which nothing matches passes all there is, and
// counts as lost what has no frame.
func (m *model) passAll(t *rapid.T, c *tracked, f *ring.Frame) {
	before := c.Loss()
	if ok, err := c.NextMatch(0, 1<<63, f); ok || err != nil {
		t.Fatal(ok, err)
	}
	lost, to := c.Loss().Sub(before), c.Position(0)
	passed := uint64(0)
	for p := c.pos; p < to; p++ {
		if _, there := m.frames[p]; there && m.held(p) {
			passed++
		}
	}
	// After a jump with a margin, frames that are still held are lost too.
	if to != m.head || passed+lost.Total() < to-c.pos || lost.Overwritten == 0 && passed+lost.Total() != to-c.pos {
		t.Fatalf("from %d to %d with head %d: passed %d, lost %+v", c.pos, to, m.head, passed, lost)
	}
	c.jumped = c.jumped || lost.Overwritten > 0
	c.pos = to
}

func TestCursorAndLossArithmeticFollowTheModel(t *testing.T) {
	for _, topology := range []layout.Topology{layout.Lane, layout.Shared} {
		t.Run(topology.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { followModel(t, topology) })
		})
	}
}

func followModel(t *rapid.T, topology layout.Topology) {
	capacity := uint64(1) << rapid.IntRange(1, 5).Draw(t, "log2 capacity")
	mem, err := ring.NewMemory(shape(topology, 1, capacity, 8))
	if err != nil {
		t.Fatal(err)
	}
	limit := mem.Identity().Geometry.MaxPosition()
	m := &model{capacity: capacity, frames: make(map[uint64]uint64)}
	m.base = rapid.SampledFrom([]uint64{0, capacity - 1, 1<<40 - capacity, 1<<40 - 1, 1<<41 + 1, limit - 3*capacity, limit - 1}).Draw(t, "base")
	m.base += rapid.Uint64Range(0, 2).Draw(t, "past base")
	m.base = min(m.base, limit)
	m.head = m.base
	if m.base > 0 {
		poke(mem, m.base)
	}
	r, err := ring.Open(mem)
	if err != nil {
		t.Fatal(err)
	}
	w, err := r.Writer(0)
	if err != nil {
		t.Fatal(err)
	}
	f := r.NewFrame()
	var version uint64
	open := func(from ring.Start, pos uint64) *tracked {
		c, err := r.Cursor(from)
		if err != nil {
			t.Fatal(err)
		}
		if c.Position(0) != pos {
			t.Fatalf("cursor from %v begins at %d, want %d", from, c.Position(0), pos)
		}
		return &tracked{Cursor: c, pos: pos}
	}
	cursors := []*tracked{open(ring.At(m.base), m.base)}
	published := func(id netid64.ID, n int, err error) {
		if m.head == limit {
			if !errors.Is(err, ring.ErrExhausted) {
				t.Fatalf("at the last position: %v", err)
			}
			return
		}
		if err != nil || id != netid64.Make(testKind, 0, m.head) {
			t.Fatalf("published %v, %v; want position %d", id, err, m.head)
		}
		for range n {
			version++
			m.frames[m.head] = version
			m.head++
		}
		m.marked = 0
	}
	t.Repeat(map[string]func(*rapid.T){
		"publish": func(t *rapid.T) {
			id, err := w.Publish(0, version+1, nil)
			published(id, 1, err)
		},
		"batch": func(t *rapid.T) {
			msgs := make([]ring.Message, rapid.IntRange(1, int(min(2*capacity, limit-m.head+1))).Draw(t, "n"))
			for i := range msgs {
				msgs[i].Version = version + 1 + uint64(i)
			}
			if topology == layout.Lane && m.head < limit && uint64(len(msgs)) > limit-m.head {
				if _, n, err := w.PublishBatch(msgs); n != 0 || !errors.Is(err, ring.ErrExhausted) {
					t.Fatalf("batch of %d with %d positions left: %d, %v", len(msgs), limit-m.head, n, err)
				}
				return
			}
			id, n, err := w.PublishBatch(msgs)
			want := uint64(len(msgs))
			if topology == layout.Shared {
				want = min(want, capacity, limit-m.head)
			}
			if m.head < limit && uint64(n) != want {
				t.Fatalf("batch of %d at %d wrote %d, want %d", len(msgs), m.head, n, want)
			}
			published(id, n, err)
		},
		"abort": func(t *rapid.T) {
			res, err := w.Reserve(4)
			if m.head == limit {
				if !errors.Is(err, ring.ErrExhausted) {
					t.Fatal(err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			res.Abort()
			if topology == layout.Shared {
				m.head++
			} else {
				m.marked = 1
			}
		},
		"reset": func(t *rapid.T) {
			if err := r.Reset(); err != nil {
				t.Fatal(err)
			}
			m.floor = m.head
		},
		"open cursor": func(t *rapid.T) {
			back := rapid.Uint64Range(0, min(capacity, m.head-m.base)).Draw(t, "back")
			cursors = append(cursors, open(ring.Back(back), max(m.head-back, m.floor)))
		},
		"next": func(t *rapid.T) {
			c := rapid.SampledFrom(cursors).Draw(t, "cursor")
			m.next(t, c, &f)
		},
		"drain": func(t *rapid.T) {
			c := rapid.SampledFrom(cursors).Draw(t, "cursor")
			for range 2*capacity + 2 {
				m.next(t, c, &f)
			}
			if c.pos != m.head {
				t.Fatalf("a drained cursor is at %d, head at %d", c.pos, m.head)
			}
		},
		"pass": func(t *rapid.T) {
			c := rapid.SampledFrom(cursors).Draw(t, "cursor")
			m.passAll(t, c, &f)
		},
		"newest": func(t *rapid.T) {
			ok, err := r.Newest(0, &f)
			if err != nil {
				t.Fatal(err)
			}
			p := m.head
			for p > m.base && m.held(p-1) && m.frames[p-1] == 0 {
				p--
			}
			want := p > m.base && m.held(p-1)
			if ok != want || ok && f.Version != m.frames[p-1] {
				t.Fatalf("newest with head %d, floor %d: %v %+v, want %v position %d", m.head, m.floor, ok, f, want, p-1)
			}
		},
		"read by id": func(t *rapid.T) {
			p := m.head - min(m.head, rapid.Uint64Range(0, 2*capacity).Draw(t, "back"))
			ok, err := r.Read(netid64.Make(testKind, 0, p), &f)
			if err != nil {
				t.Fatal(err)
			}
			want := m.held(p) && m.frames[p] != 0
			if ok != want || ok && f.Version != m.frames[p] {
				t.Fatalf("read of %d with head %d, floor %d: %v %+v, want %v version %d", p, m.head, m.floor, ok, f, want, m.frames[p])
			}
		},
		"": func(t *rapid.T) {
			if got := r.Head(0); got != m.head {
				t.Fatalf("head is %d, want %d", got, m.head)
			}
		},
	})
	for _, c := range cursors {
		c.Close()
	}
	if err := errors.Join(w.Close(), r.Close()); err != nil {
		t.Fatal(fmt.Sprint("close: ", err))
	}
}
