package ring

import (
	"sync/atomic"
	"time"

	"github.com/orbitring/orbit/ring/internal/slotcopy"
	"github.com/orbitring/orbit/ring/layout"
)

// askAgain is how long a cursor believes that a writer which it waits for is
// alive. The question is a system call.
const askAgain = time.Millisecond

// pending is the claimed, uncommitted position that a cursor waits for.
type pending struct {
	word  layout.Word
	pos   uint64
	since time.Duration // when it was met
	asked time.Duration // when its writer was last known to live
}

// outlast handles a position of a shared ring that its writer has claimed and
// not committed: read step 6. True: the cursor moved, or the word changed.
// False: wait.
func (c *Cursor) outlast(l *cursorLane, word layout.Word) bool {
	d, p := &l.pending, l.pos
	known := d.word == word && d.pos == p
	if !known {
		for range patience(c.ring.id.Geometry) {
			slotcopy.Pause(1)
			if l.loadWord(p) != word {
				return true
			}
		}
	}
	now := sinceStart()
	if !known {
		*d = pending{word: word, pos: p, since: now}
	}
	gone := false
	if !known || now-d.asked > askAgain {
		alive, err := c.ring.region.Alive(word.Node()) // order: judge
		gone = err == nil && !alive
		d.asked = now
	}
	behind := atomic.LoadUint64(l.head)
	behind -= min(behind, p+1) // head itself may not have moved past p yet
	if !gone && behind < l.capacity()/2 && now-d.since < c.stall {
		return false
	}
	// A writer that was asked about after word was loaded may have committed
	// in between; if the word still stands, this position is given up.
	if l.loadWord(p) == word { // order: judge
		l.unavailable()
	}
	return true
}

var start = time.Now()

// sinceStart is the monotonic clock.
func sinceStart() time.Duration { return time.Since(start) }
