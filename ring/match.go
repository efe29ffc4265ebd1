package ring

import (
	"sync/atomic"

	"github.com/orbitring/orbit/ring/internal/slotcopy"
	"github.com/orbitring/orbit/ring/layout"
)

// NextMatch is Next for frames with this op and this version, and passes the
// others: of those it looks at the slot header alone. They are no losses, and no
// later call delivers them. One call passes no more frames than the ring holds.
// False: there is none yet. Errors are those of Next. Nothing is allocated.
func (c *Cursor) NextMatch(op uint8, version uint64, f *Frame) (bool, error) {
	if int64(cap(f.Payload)) < c.need {
		return false, checkBuffer(c.need, cap(f.Payload))
	}
	for budget := len(c.lanes) * int(c.lanes[0].capacity()); budget > 0; {
		budget -= c.skip(&c.lanes[c.at], op, version, budget)
		if c.turn == 0 {
			c.pass()
			continue
		}
		if ok, err := c.Next(f); !ok {
			return false, err
		}
		if f.Op == op && f.Version == version {
			return true, nil
		}
		budget--
	}
	return false, nil
}

// skip passes whole, committed frames with another op or version: at most limit,
// to the end of the lap and of the lane's turn. It stops before whatever else is
// there and leaves that to Next.
func (c *Cursor) skip(l *cursorLane, op uint8, version uint64, limit int) (n int) {
	if atomic.LoadUint64(l.floor()) != l.seenFloor {
		return 0
	}
	p, need := l.pos, c.need
	limit = min(limit, c.turn, int(l.mask+1-p&l.mask))
	want := uint64(layout.MakeWord(l.lap(p), layout.Committed, 0))
	for slot := l.slot(p); n < limit; n++ {
		v, meta, ok := slotcopy.ReadHeader(slot, want)
		if !ok || v == version && uint8(meta>>32) == op || int64(uint32(meta)) > need {
			break
		}
		slot = l.after(slot)
	}
	l.pos = p + uint64(n)
	c.turn -= n
	return n
}
