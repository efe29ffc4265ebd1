package contest

import (
	"time"

	"github.com/orbitring/orbit/ring"
)

// Span is how many tokens a table has.
const Span = span

// SetWallClock replaces the wall clock of new tables, and returns how to undo it.
func SetWallClock(now func() time.Time) (undo func()) {
	wallClock = now
	return func() { wallClock = time.Now }
}

// UseUp leaves the table n tokens.
func (t *Table) UseUp(n uint64) {
	*t.area.word(nextOffset) = *t.area.word(firstOffset) + span - n
}

// Damage stores a word into the row of a subject, and returns what it was.
func (t *Table) Damage(s Subject, word uint64) uint64 {
	k := t.keyOf(s)
	old := *t.area.row(k.row)
	*t.area.row(k.row) = word
	return old
}

// Memory is the table's part of the segment.
func (t *Table) Memory() []byte { return t.ring.Aux() }

// Reset resets the ring of transitions.
func Reset(t *Table) error { return t.ring.Reset() }

// PublishBytes publishes a frame that is no transition.
func PublishBytes(t *Table, op uint8, payload []byte) error {
	return t.family.Do(func(w *ring.Writer) error {
		_, err := w.Publish(op, 0, payload)
		return err
	})
}
