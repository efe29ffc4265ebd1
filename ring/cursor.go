package ring

import (
	"iter"
	"sync/atomic"
	"time"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring/internal/slotcopy"
	"github.com/orbitring/orbit/ring/layout"
)

const (
	// DefaultStallLimit is how long a cursor waits for one position that a live
	// writer has claimed and not committed. A preempted writer is back well
	// within it; a stopped one costs its readers one frame.
	DefaultStallLimit = 50 * time.Millisecond

	// laneTurn is how many frames a cursor takes from one lane before it looks
	// at the next.
	laneTurn = 64

	// stepBudget bounds the positions without a frame that one Next passes.
	stepBudget = 4096
)

// Cursor is a reader's own place in a ring. One goroutine at a time may use it.
// It stores nothing into the region, so it costs writers nothing but the cache
// lines it looks at, and it counts every position that it passed without
// delivering a frame. In the lane topology it merges the lanes, each in order
// and none ahead of its turn.
type Cursor struct {
	lanes  []cursorLane
	at     int   // the lane whose turn it is
	turn   int   // frames that it may still deliver
	need   int64 // payload capacity, or closedNeed
	shared bool
	// oneLine: a whole frame lies in one cache line, and there is a routine for that.
	oneLine bool
	ring    *Ring
	stall   time.Duration
	wait    Strategy
	frame   Frame // of Frames
}

// cursorLane is a cursor's place in one lane.
type cursorLane struct {
	lane
	pos       uint64
	seenFloor uint64 // floor as it was when last looked at
	loss      Loss
	idle      uint64 // looks at pos that found nothing yet
	margin    uint64 // positions kept clear of the writers at the last jump
	landed    uint64 // where the last jump ended
	jumped    bool
	pending   pending
}

// Cursor makes a cursor that begins at from in every lane. Close it when done.
func (r *Ring) Cursor(from Start) (*Cursor, error) {
	if err := r.hold(); err != nil {
		return nil, err
	}
	c := &Cursor{
		lanes: make([]cursorLane, len(r.lanes)), turn: laneTurn,
		need:    int64(r.id.Geometry.Payload),
		shared:  r.id.Geometry.Topology == layout.Shared,
		oneLine: slotcopy.HasLine && r.id.Geometry.Payload <= slotcopy.LinePayload,
		ring:    r, stall: DefaultStallLimit,
	}
	for i := range c.lanes {
		c.lanes[i].lane = r.lanes[i]
		c.lanes[i].pos = from.in(&r.lanes[i])
	}
	return c, nil
}

// SetStallLimit sets how long one claimed, uncommitted position of a live
// writer may hold the cursor up while less than half the ring is behind it. It
// concerns the shared topology only. 0 skips at once.
func (c *Cursor) SetStallLimit(d time.Duration) { c.stall = d }

// Next copies the next frame into f. False: there is none yet. Losses on the way
// are counted, see Loss. f.Payload must have a capacity of Ring.PayloadCapacity
// bytes (ErrShortBuffer). ErrClosed after Close. Nothing is allocated.
func (c *Cursor) Next(f *Frame) (bool, error) {
	if int64(cap(f.Payload)) < c.need {
		return false, checkBuffer(c.need, cap(f.Payload))
	}
	if c.turn > 0 {
		c.turn--
		if c.take(&c.lanes[c.at], f) {
			return true, nil
		}
	}
	return c.nextTurn(f), nil
}

// take delivers the frame at the lane's position if it is committed and whole:
// read steps 1 to 3. The frame is handed in and filled, not returned: six words
// of result would go through memory twice.
func (c *Cursor) take(l *cursorLane, f *Frame) bool {
	if atomic.LoadUint64(l.floor()) != l.seenFloor {
		return false
	}
	p := l.pos
	word, version, meta, ok := l.read(p, f, c.need)
	if !ok || int64(uint32(meta)) > c.need {
		return false
	}
	l.pos = p + 1
	f.set(l.id(p, layout.Word(word), c.shared), version, meta)
	return true
}

// takeRun is take for as many frames as there are, up to len(dst) and to the end
// of the lap: what all of them share is looked at once. A frame without room
// ends the run.
func (c *Cursor) takeRun(l *cursorLane, dst []Frame) (n int) {
	if atomic.LoadUint64(l.floor()) != l.seenFloor {
		return 0
	}
	p := l.pos
	if left := l.mask + 1 - p&l.mask; uint64(len(dst)) > left {
		dst = dst[:left]
	}
	want := layout.MakeWord(l.lap(p), layout.Committed, 0)
	id := netid64.Make(l.kind, l.number, p)
	if c.oneLine {
		n = c.takeLines(l, dst, want, id)
	} else {
		n = c.takeSlots(l, dst, want, id)
	}
	l.pos = p + uint64(n)
	return n
}

// takeLines is the loop of takeRun over slots of one line. Nothing in it is a
// call, so that all of it stays in registers.
func (c *Cursor) takeLines(l *cursorLane, dst []Frame, want layout.Word, id netid64.ID) int {
	slot, need, shared := l.slot(l.pos), c.need, c.shared
	for i := range dst {
		f := &dst[i]
		if cap(f.Payload) < slotcopy.LinePayload {
			return i
		}
		word := layout.Word(slotcopy.Word(slot))
		if word.NoNode() != want {
			return i
		}
		version, meta := slotcopy.CopyLine(slot, data(f.Payload))
		if layout.Word(slotcopy.Word(slot)) != word || int64(uint32(meta)) > need {
			return i
		}
		if shared {
			id = netid64.Make(l.kind, word.Node(), uint64(id))
		}
		f.set(id, version, meta)
		id = nextID(id)
		slot = l.after(slot)
	}
	return len(dst)
}

// takeSlots is the loop of takeRun over slots of any size.
func (c *Cursor) takeSlots(l *cursorLane, dst []Frame, want layout.Word, id netid64.ID) int {
	slot := l.slot(l.pos)
	for i := range dst {
		f := &dst[i]
		if int64(cap(f.Payload)) < c.need {
			return i
		}
		word, version, meta, ok := slotcopy.Read(slot, uint64(want), data(f.Payload), uintptr(c.need))
		if !ok || int64(uint32(meta)) > c.need {
			return i
		}
		if c.shared {
			id = netid64.Make(l.kind, layout.Word(word).Node(), uint64(id))
		}
		f.set(id, version, meta)
		id = nextID(id)
		slot = l.after(slot)
	}
	return len(dst)
}

// nextID is the id of a lane's next position.
func nextID(id netid64.ID) netid64.ID {
	const mask = netid64.ID(netid64.CounterMask)
	return id&^mask | (id+1)&mask
}

// read copies position p into f's buffer: read steps 2 and 3.
func (l *lane) read(p uint64, f *Frame, need int64) (word, version, meta uint64, ok bool) {
	want := uint64(layout.MakeWord(l.lap(p), layout.Committed, 0))
	if slotcopy.HasLine && need <= slotcopy.LinePayload && cap(f.Payload) >= slotcopy.LinePayload {
		return slotcopy.ReadLine(l.slot(p), want, data(f.Payload))
	}
	return slotcopy.Read(l.slot(p), want, data(f.Payload), uintptr(need))
}

// id returns the id of the frame that a word at p names. A lane knows its node.
func (l *lane) id(p uint64, word layout.Word, shared bool) netid64.ID {
	if shared {
		return netid64.Make(l.kind, word.Node(), p)
	}
	return netid64.Make(l.kind, l.number, p)
}

// set fills in a frame whose payload bytes are in place.
func (f *Frame) set(id netid64.ID, version, meta uint64) {
	f.ID = id
	f.Version = version
	f.Op = uint8(meta >> 32)
	f.Payload = f.Payload[:uint32(meta)]
}

// nextTurn goes once around the lanes, beginning with the one whose turn it is
// if it may still deliver, and takes the first frame there is.
func (c *Cursor) nextTurn(f *Frame) bool {
	budget := stepBudget
	if c.turn == 0 {
		c.pass()
	}
	for range c.lanes {
		l := &c.lanes[c.at]
		for budget > 0 && c.advance(l, &budget) {
			if c.take(l, f) {
				return true
			}
			if budget--; l.untrusted(c.need) {
				l.unavailable()
			}
		}
		c.pass()
	}
	return false
}

// pass gives the turn to the next lane.
func (c *Cursor) pass() {
	c.turn = laneTurn
	if c.at++; c.at == len(c.lanes) {
		c.at = 0
	}
}

// Poll copies up to len(dst) frames, each into its own buffer, and returns how
// many, with what was lost on the way. Errors are those of Next and come only
// with n = 0; a frame with too small a buffer behind the first ends the poll.
// Nothing is allocated. It is cheaper a frame than Next.
func (c *Cursor) Poll(dst []Frame) (n int, loss Loss, err error) {
	if len(dst) == 0 || int64(cap(dst[0].Payload)) < c.need {
		return 0, Loss{}, c.refuse(dst)
	}
	before := c.Loss()
	for n < len(dst) {
		if k := c.takeRun(&c.lanes[c.at], dst[n:min(len(dst), n+c.turn)]); k > 0 {
			n += k
			c.turn -= k
			continue
		}
		ok, e := c.Next(&dst[n])
		if !ok {
			if n == 0 {
				err = e
			}
			break
		}
		n++
	}
	return n, c.Loss().Sub(before), err
}

// refuse says why Poll takes nothing.
func (c *Cursor) refuse(dst []Frame) error {
	if len(dst) == 0 && c.need != closedNeed {
		return nil
	}
	size := 0
	if len(dst) > 0 {
		size = cap(dst[0].Payload)
	}
	return checkBuffer(c.need, size)
}

// Frames yields frames until there is none yet or limit are delivered; limit ≤ 0
// means no limit. It yields the same frame, with the same buffer, each time:
// what is to be kept must be copied. It allocates at the first call only. On a
// closed cursor it yields nothing.
func (c *Cursor) Frames(limit int) iter.Seq[*Frame] {
	return func(yield func(*Frame) bool) {
		if c.need == closedNeed {
			return
		}
		f := &c.frame
		if f.Payload == nil {
			*f = c.ring.NewFrame()
		}
		for n := 0; limit <= 0 || n < limit; n++ {
			if ok, _ := c.Next(f); !ok || !yield(f) {
				return
			}
		}
	}
}

// Loss returns what the cursor has lost so far, all lanes together.
func (c *Cursor) Loss() (sum Loss) {
	for i := range c.lanes {
		sum = sum.Add(c.lanes[i].loss)
	}
	return sum
}

// LaneLoss returns what the cursor has lost so far in one lane: of one node, in
// the lane topology. Zero for a lane that does not exist.
func (c *Cursor) LaneLoss(lane int) Loss {
	if uint(lane) >= uint(len(c.lanes)) {
		return Loss{}
	}
	return c.lanes[lane].loss
}

// Position returns the next position that the cursor will look at in a lane;
// 0 for a lane that does not exist.
func (c *Cursor) Position(lane int) uint64 {
	if uint(lane) >= uint(len(c.lanes)) {
		return 0
	}
	return c.lanes[lane].pos
}

// Close ends the cursor. Calling it again does nothing.
func (c *Cursor) Close() error {
	if c.need == closedNeed {
		return nil
	}
	c.need = closedNeed
	return c.ring.release()
}
