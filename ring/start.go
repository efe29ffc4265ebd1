package ring

import (
	"fmt"
	"sync/atomic"
)

// Start says where a cursor begins.
type Start struct {
	from startPoint
	n    uint64
}

type startPoint uint8

const (
	fromOldest startPoint = iota
	fromNow
	fromBack
	fromPosition
)

var (
	// Oldest begins at the oldest frame that is still there.
	Oldest = Start{from: fromOldest}
	// Now begins at head: positions that are claimed later.
	Now = Start{from: fromNow}
)

// Back begins n positions before head, or at the oldest frame if there are
// fewer.
func Back(n uint64) Start { return Start{fromBack, n} }

// At begins at a position, in every lane. One that was overwritten or reset away
// already is counted as lost; one that lies ahead is waited for.
func At(position uint64) Start { return Start{fromPosition, position} }

func (s Start) String() string {
	switch s.from {
	case fromOldest:
		return "oldest"
	case fromNow:
		return "now"
	case fromBack:
		return fmt.Sprintf("%d back", s.n)
	}
	return fmt.Sprintf("position %d", s.n)
}

// in returns the position to begin at in a lane.
func (s Start) in(l *lane) uint64 {
	head := atomic.LoadUint64(l.head) // order: head
	n := l.capacity()
	switch s.from {
	case fromNow:
		n = 0
	case fromBack:
		n = min(n, s.n)
	case fromPosition:
		return s.n
	}
	return max(head-min(head, n), min(head, atomic.LoadUint64(l.floor())))
}
