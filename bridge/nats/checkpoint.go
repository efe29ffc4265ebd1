package bridge

import (
	"encoding/binary"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/fleet"
)

// place is how far an importer is with its origin.
type place struct {
	instance uint64 // of the origin's ring; 0 is nothing heard yet
	life     uint64 // of the exporter; 0 is unknown, so its sequence numbers mean nothing
	next     uint64 // the position expected next
	seq      uint64 // the sequence number expected next
	stream   uint64 // sequence number in the JetStream stream of the last message that was applied
}

// A checkpoint is what an importer is about to publish, written down before it
// does: one frame in the lane of the origin's first node, in a ring of kind
// eventPlaces or cachePlaces. That ring lives and ends together with the rings
// that the frames go to.
//
//	 0  40  place before
//	40  40  place behind all steps
//	80   8  head of the ring that is published into
//	88   8  number of steps, each of which is one frame
//	96      for each step the position of the origin behind it
const (
	eventPlaces = 240
	cachePlaces = 241

	placeSize      = 40
	stepsOffset    = 96
	maxSteps       = 64
	checkpointSize = stepsOffset + 8*maxSteps
)

// checkpoint is the memory of one importer.
type checkpoint struct {
	family *fleet.Family
	node   uint16
	buf    [checkpointSize]byte
}

func openCheckpoint(f *fleet.Fleet, kind uint8) (*checkpoint, error) {
	family, err := f.OpenReserved(kind, fleet.Spec{
		Topology: fleet.Lane, Capacity: 2, Payload: checkpointSize, TypeName: "orbit.bridge.place"})
	if err != nil {
		return nil, err
	}
	return &checkpoint{family: family, node: f.Node()}, nil
}

// intend writes down the steps that lead from before to after.
func (c *checkpoint) intend(before, after place, head uint64, steps []step) error {
	le := binary.LittleEndian
	before.put(c.buf[0:])
	after.put(c.buf[placeSize:])
	le.PutUint64(c.buf[80:], head)
	le.PutUint64(c.buf[88:], uint64(len(steps)))
	for i := range steps {
		le.PutUint64(c.buf[stepsOffset+8*i:], steps[i].until)
	}
	_, err := c.family.Publish(0, 0, c.buf[:stepsOffset+8*len(steps)])
	return err
}

// recover returns the place where an earlier life ended, by the frames that its
// nodes left in the ring. doubt is the number of frames of which nobody can tell
// any more; then the place is behind them, and from is where they begin.
func (c *checkpoint) recover(into *ring.Ring, nodes Nodes) (p place, from, doubt uint64, err error) {
	f := c.family.NewFrame()
	ok, err := c.family.ReadHeadOf(c.node, &f)
	if !ok || err != nil || len(f.Payload) < stepsOffset {
		return place{}, 0, 0, err
	}
	le := binary.LittleEndian
	before, after := getPlace(f.Payload), getPlace(f.Payload[placeSize:])
	head, steps := le.Uint64(f.Payload[80:]), f.Payload[stepsOffset:]
	if le.Uint64(f.Payload[88:]) != uint64(len(steps)/8) {
		return place{}, 0, 0, nil
	}
	done, whole, err := countOf(into, head, nodes)
	switch {
	case err != nil:
		return place{}, 0, 0, err
	case done >= len(steps)/8:
		return after, 0, 0, nil
	case !whole:
		return after, before.next, uint64(len(steps)/8 - done), nil
	case done == 0:
		return before, 0, 0, nil
	}
	before.next, before.life = le.Uint64(steps[8*(done-1):]), 0
	return before, 0, 0, nil
}

// before returns the place where the steps began that an earlier life may not
// have finished.
func (c *checkpoint) before() (place, error) {
	f := c.family.NewFrame()
	ok, err := c.family.ReadHeadOf(c.node, &f)
	if !ok || err != nil || len(f.Payload) < stepsOffset {
		return place{}, err
	}
	return getPlace(f.Payload), nil
}

// countOf counts the frames of some nodes from a position on. whole says that
// nothing was overwritten meanwhile.
func countOf(r *ring.Ring, from uint64, nodes Nodes) (n int, whole bool, err error) {
	c, err := r.Cursor(ring.At(from))
	if err != nil {
		return 0, false, err
	}
	defer c.Close()
	f := r.NewFrame()
	for end := r.Head(0); c.Position(0) < end; {
		ok, err := c.Next(&f)
		if err != nil {
			return 0, false, err
		}
		if !ok {
			break
		}
		if nodes.has(f.ID.Node()) {
			n++
		}
	}
	loss := c.Loss()
	return n, loss.Overwritten+loss.Reset == 0, nil
}

func (p place) put(to []byte) {
	for i, v := range [...]uint64{p.instance, p.life, p.next, p.seq, p.stream} {
		binary.LittleEndian.PutUint64(to[8*i:], v)
	}
}

func getPlace(b []byte) place {
	at := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	return place{instance: at(0), life: at(1), next: at(2), seq: at(3), stream: at(4)}
}
