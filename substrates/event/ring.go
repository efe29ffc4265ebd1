package event

import "github.com/orbitring/orbit/ring"

// Ring returns the ring of all events, to read frames as they are with a cursor
// of one's own. It belongs to the fleet: do not close it.
func (b *Bus) Ring() *ring.Ring { return b.family.Ring() }
