//go:build linux

package hammer

import "fmt"

// comparison holds what all processes of a round wrote down about the same
// positions against each other.
type comparison struct {
	shared         bool
	at             map[place]*verdicts
	where          map[uint64]place // frame to position
	samples        int              // positions that at least two processes wrote down
	contradictions []string
}

type place struct{ lane, position uint64 }

// verdicts are what is known about a position.
type verdicts struct {
	frame     uint64 // delivered or committed there, 0 for none
	by        int    // the seat that says so
	final     int    // the seat that says that there is and will be no frame, plus 1
	void      uint64 // the author that has nothing there, plus 1
	voidBy    int
	witnesses int
	last      int
}

func newComparison(shared bool) *comparison {
	return &comparison{shared: shared, at: map[place]*verdicts{}, where: map[uint64]place{}}
}

func (c *comparison) complain(format string, a ...any) {
	if len(c.contradictions) < 20 {
		c.contradictions = append(c.contradictions, fmt.Sprintf(format, a...))
	}
}

// read adds the book of a seat.
func (c *comparison) read(seat int, b *book) {
	for _, e := range b.lines {
		at := place{e[1], e[2]}
		v := c.at[at]
		if v == nil {
			v = &verdicts{last: -1}
			c.at[at] = v
		}
		if v.last != seat {
			v.last = seat
			if v.witnesses++; v.witnesses == 2 {
				c.samples++
			}
		}
		switch e[0] {
		case delivered, committed:
			c.frame(at, v, e[3], seat)
		case final:
			v.final = seat + 1
		case void:
			if v.void != 0 && v.void != e[3]+1 {
				c.complain("lane %d, position %d: two writers were inside: seat %d and seat %d both gave it up", at.lane, at.position, v.voidBy, seat)
			}
			v.void, v.voidBy = e[3]+1, seat
		}
		if v.frame != 0 && v.final != 0 {
			c.complain("lane %d, position %d: seat %d saw a hole or a dead writer's slot there, seat %d the frame %#x", at.lane, at.position, v.final-1, v.by, v.frame)
		}
		if v.frame != 0 && v.void != 0 {
			c.complain("lane %d, position %d: its writer (seat %d) was told that nothing is there, seat %d saw the frame %#x", at.lane, at.position, v.voidBy, v.by, v.frame)
		}
	}
}

func (c *comparison) frame(at place, v *verdicts, frame uint64, seat int) {
	if v.frame != 0 && v.frame != frame {
		c.complain("lane %d, position %d: seat %d saw the frame %#x, seat %d the frame %#x", at.lane, at.position, v.by, v.frame, seat, frame)
	}
	v.frame, v.by = frame, seat
	if other, known := c.where[frame]; known && other != at {
		c.complain("frame %#x is at position %d of lane %d and at position %d of lane %d", frame, other.position, other.lane, at.position, at.lane)
	}
	c.where[frame] = at
}
