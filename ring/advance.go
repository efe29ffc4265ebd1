package ring

import (
	"sync/atomic"

	"github.com/orbitring/orbit/ring/internal/slotcopy"
	"github.com/orbitring/orbit/ring/layout"
)

// advance brings the cursor to a position that holds a committed frame: read
// steps 1, 2 and 4 to 7. True: one stands at l.pos (and may be overwritten any
// time). False: nothing yet, or the budget of positions is used up.
func (c *Cursor) advance(l *cursorLane, budget *int) bool {
	for ; *budget > 0; *budget-- {
		l.obeyFloor()
		word := l.loadWord(l.pos)
		switch lap := l.lap(l.pos); {
		case word.Lap() > lap:
			l.overwritten(word)
		case word.Lap() < lap:
			if !l.missed(word) {
				return false
			}
		case word.State() == layout.Committed:
			l.idle = 0
			return true
		case word.State() == layout.Writing && c.shared:
			if !c.outlast(l, word) {
				return false
			}
		case word.State() == layout.Writing:
			if !l.missed(word) {
				return false
			}
		default: // a hole
			l.unavailable()
		}
	}
	return false
}

// unavailable passes one position that has no frame to give.
func (l *cursorLane) unavailable() {
	l.pos++
	l.loss.Unavailable++
	l.idle = 0
}

// untrusted says that a committed frame stands at the cursor's position with a
// length that no publisher writes.
func (l *cursorLane) untrusted(need int64) bool {
	_, _, meta, ok := slotcopy.Read(l.slot(l.pos), uint64(layout.MakeWord(l.lap(l.pos), layout.Committed, 0)), nil, 0)
	return ok && int64(uint32(meta)) > need
}

// obeyFloor goes on from the floor when it was raised past the cursor. A floor
// beyond head, which no Reset can have set, is ignored.
func (l *cursorLane) obeyFloor() {
	floor := atomic.LoadUint64(l.floor())
	if floor == l.seenFloor {
		return
	}
	l.seenFloor = floor
	if l.pos < floor && floor <= atomic.LoadUint64(l.head) { // order: head
		l.loss.Reset += floor - l.pos
		l.pos = floor
	}
}

// overwritten goes on at the oldest position that can still be whole. word was
// found in the slot at l.pos and names a later position of that slot.
func (l *cursorLane) overwritten(word layout.Word) {
	newest := l.position(l.pos, word)
	head := atomic.LoadUint64(l.head) // order: head
	if newest > head && newest-head >= l.capacity() {
		l.unavailable() // no writer can be there: the word cannot be trusted
		return
	}
	end := newest + 1
	if head > end && l.credible(head) {
		end = head
	}
	l.jump(end)
}

// jump goes on a ring's length before end, or less: writers who came around
// again before the cursor had read half of what the last jump left it are
// faster than it is, and the tail of the ring is where they are.
func (l *cursorLane) jump(end uint64) {
	n := l.capacity()
	switch {
	case l.jumped && l.pos-l.landed < n/2:
		l.margin = min(max(1, n/8, 2*l.margin), n/2)
	default:
		l.margin = 0
	}
	to := end - n + l.margin
	l.loss.Overwritten += to - l.pos
	l.pos, l.landed, l.jumped, l.idle = to, to, true, 0
}

// credible says that the slot before head has been reached, as it must be.
func (l *lane) credible(head uint64) bool {
	return head == 0 || l.loadWord(head-1).Lap() >= l.lap(head-1)
}

// missed handles a position that nobody has reached, word being what its slot
// holds: nothing there yet, unless head says otherwise, which only a damaged
// slot can cause. Looking at head takes its line away from the writers, so that
// is done now and then. True: the cursor moved or the word did.
func (l *cursorLane) missed(word layout.Word) bool {
	l.idle++
	if l.idle < 64 || l.idle%1024 != 0 && l.idle&(l.idle-1) != 0 {
		return false
	}
	head := atomic.LoadUint64(l.head) // order: head
	switch {
	case l.loadWord(l.pos) != word:
		return true
	case head <= l.pos || !l.credible(head):
		return false
	case head-l.pos > l.capacity():
		l.jump(head)
	default:
		l.unavailable()
	}
	return true
}
