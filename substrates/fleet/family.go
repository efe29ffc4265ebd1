package fleet

import (
	"errors"
	"sync"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
)

// lapTries is how often a frame that was lapped while it was published is
// published again. It takes a writer that is stopped for as long as the others
// need to come around the ring, each time anew.
const lapTries = 16

// Family is the ring of one kind as a member of the fleet has it. Any number of
// goroutines may use it, until the fleet is closed.
type Family struct {
	fleet   *Fleet
	ring    *ring.Ring
	region  ring.Region
	kind    uint8
	shared  bool   // one lane for all nodes
	slots   uint64 // of a lane
	lanes   int
	created bool

	mu     sync.Mutex
	writer *ring.Writer // this node's, opened by the first publish
}

// Kind returns the kind.
func (a *Family) Kind() uint8 { return a.kind }

// Fleet returns the member whose family this is.
func (a *Family) Fleet() *Fleet { return a.fleet }

// Ring returns the ring, to read from. It belongs to the fleet: do not close it.
// Its writers come from Writer.
func (a *Family) Ring() *ring.Ring { return a.ring }

// Created tells whether this very call that opened the family made its segment.
// In process memory it is always false.
func (a *Family) Created() bool { return a.created }

// Alive says whether a live writer has this node in this ring: see Fleet.Alive
// for who is a member.
func (a *Family) Alive(node uint16) (bool, error) { return a.region.Alive(node) }

// Publish publishes one frame as this node and returns its id. The goroutines of
// this process take turns: beside the ring's own cost that is two locked
// instructions, 5 ns or so, while no two meet. A frame that was lapped while it
// was published is published again. payload is not kept. Errors: those of
// ring.Writer.Publish, and ErrNodeHeld while the writer is in other hands.
func (a *Family) Publish(op uint8, version uint64, payload []byte) (netid64.ID, error) {
	a.mu.Lock() // not deferred: that costs a tenth of a publish, and nothing below panics
	if a.writer == nil {
		if err := a.openWriter(); err != nil {
			a.mu.Unlock()
			return 0, err
		}
	}
	id, err := a.writer.Publish(op, version, payload)
	if err != nil {
		id, err = a.again(op, version, payload, nil, err)
	}
	a.mu.Unlock()
	return id, err
}

// PublishParts is Publish for a payload whose bytes lie in two places; see
// ring.Writer.PublishParts.
func (a *Family) PublishParts(op uint8, version uint64, first, second []byte) (netid64.ID, error) {
	a.mu.Lock()
	if a.writer == nil {
		if err := a.openWriter(); err != nil {
			a.mu.Unlock()
			return 0, err
		}
	}
	id, err := a.writer.PublishParts(op, version, first, second)
	if err != nil {
		id, err = a.again(op, version, first, second, err)
	}
	a.mu.Unlock()
	return id, err
}

// again publishes once more what was lapped.
func (a *Family) again(op uint8, version uint64, first, second []byte, err error) (netid64.ID, error) {
	for range lapTries {
		if !errors.Is(err, ring.ErrLapped) {
			return 0, err
		}
		var id netid64.ID
		if id, err = a.writer.PublishParts(op, version, first, second); err == nil {
			return id, nil
		}
	}
	return 0, err
}

// Do calls use with this node's writer while no other goroutine of this process
// has it: to publish a batch or to fill a frame in place. use must neither keep
// the writer, nor close it, nor call the family.
func (a *Family) Do(use func(*ring.Writer) error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.writer == nil {
		if err := a.openWriter(); err != nil {
			return err
		}
	}
	return use(a.writer)
}

// Writer hands this node's writer to the caller's goroutine, which publishes
// without any lock until it closes it. Until then every other way to publish
// into this family as this node is refused with ErrNodeHeld, another call of
// Writer too.
func (a *Family) Writer() (*ring.Writer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.writer != nil {
		err := a.writer.Close()
		a.writer = nil
		if err != nil {
			return nil, err
		}
	}
	return a.newWriter()
}

// openWriter opens the writer that the goroutines share. a.mu is held.
func (a *Family) openWriter() (err error) {
	a.writer, err = a.newWriter()
	return err
}

// newWriter refuses what can only be this member's own doing: nobody else has
// its node.
func (a *Family) newWriter() (*ring.Writer, error) {
	w, err := a.ring.Writer(a.fleet.node)
	if errors.Is(err, ring.ErrNodeHeld) {
		return nil, &LentError{Kind: a.kind, Node: a.fleet.node}
	}
	return w, err
}

// Cursor makes a cursor for one goroutine, which closes it when done.
func (a *Family) Cursor(from ring.Start) (*ring.Cursor, error) { return a.ring.Cursor(from) }

// NewFrame returns a frame with a buffer for every frame of the ring, to read
// into.
func (a *Family) NewFrame() ring.Frame { return a.ring.NewFrame() }

// Read copies the frame with this id into f, which NewFrame makes. False: it is
// not there.
func (a *Family) Read(id netid64.ID, f *ring.Frame) (bool, error) {
	return a.ring.Read(id, f)
}

// ReadHead copies the newest frame into f, as Read does. A ring with several
// lanes has none: ErrLanes, ask ReadHeadOf.
func (a *Family) ReadHead(f *ring.Frame) (bool, error) {
	if a.lanes > 1 {
		return false, ErrLanes
	}
	return a.ring.Newest(0, f)
}

// ReadHeadOf copies the newest frame of a node into f, as Read does. In the
// shared topology it walks back from head until it meets one, through the whole
// ring if there is none.
func (a *Family) ReadHeadOf(node uint16, f *ring.Frame) (bool, error) {
	if !a.shared {
		return a.ring.Newest(int(node), f)
	}
	return a.walkBack(node, f)
}

// walkBack looks for a node's newest frame in a ring that it shares.
func (a *Family) walkBack(node uint16, f *ring.Frame) (bool, error) {
	if int(node) >= a.fleet.size {
		return false, &NodeError{Node: int(node), Size: a.fleet.size}
	}
	head := a.ring.Head(0)
	oldest := head - min(head, a.slots)
	for p := head; p > oldest; p-- {
		ok, err := a.ring.Read(netid64.Make(a.kind, node, p-1), f)
		if ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// close ends the shared writer and the ring. A bare writer goes on.
func (a *Family) close() (err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.writer != nil {
		err = a.writer.Close()
	}
	return errors.Join(err, a.ring.Close())
}
