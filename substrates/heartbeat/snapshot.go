package heartbeat

import (
	"encoding/binary"
	"time"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
)

// Beat is the newest beat of a node, as of a snapshot.
type Beat struct {
	Node  uint16
	ID    netid64.ID
	At    time.Duration // when it was, by the clock of the node that beat
	Load  uint64
	Age   time.Duration // from At to the snapshot; 0 if At lies in its future
	Stale bool          // Age is more than the snapshot allows
}

// Snapshot is how the nodes of a fleet are doing at one moment.
type Snapshot struct {
	Beats   []Beat   // of every node that ever beat, by node
	Stale   []uint16 // the nodes whose beat is stale
	Missing []uint16 // the nodes that never beat
}

// Snapshot looks at all nodes. now is what the ages are measured from, usually
// fleet.Now(); a beat that is older than maxAge is stale. It costs a read a
// node. Errors: fleet.ErrClosed, ring.ErrContended.
func (h *Hearts) Snapshot(now, maxAge time.Duration) (Snapshot, error) {
	var s Snapshot
	err := h.Look(now, maxAge, &s)
	return s, err
}

// Look is Snapshot into one that was used before: nothing is allocated once its
// slices are large enough.
func (h *Hearts) Look(now, maxAge time.Duration, s *Snapshot) error {
	s.Beats, s.Stale, s.Missing = s.Beats[:0], s.Stale[:0], s.Missing[:0]
	for n := range h.family.Fleet().Size() {
		b, ok, err := h.newest(uint16(n))
		if err != nil {
			return err
		}
		if !ok {
			s.Missing = append(s.Missing, uint16(n))
			continue
		}
		b.Age = max(now-b.At, 0)
		if b.Stale = b.Age > maxAge; b.Stale {
			s.Stale = append(s.Stale, b.Node)
		}
		s.Beats = append(s.Beats, b)
	}
	return nil
}

// newest reads the newest beat of a node. A frame that is no beat is none.
func (h *Hearts) newest(node uint16) (Beat, bool, error) {
	var buf [beatSize]byte
	f := ring.Frame{Payload: buf[:]}
	ok, err := h.family.ReadHeadOf(node, &f)
	if !ok {
		return Beat{}, false, err
	}
	b, ok := Read(&f)
	return b, ok, err
}

// Read returns the beat that a frame of the ring of beats holds, without an age,
// for who reads that ring itself. False: it is no beat.
func Read(f *ring.Frame) (Beat, bool) {
	if len(f.Payload) != beatSize {
		return Beat{}, false
	}
	return Beat{
		Node: f.ID.Node(), ID: f.ID,
		At:   time.Duration(binary.LittleEndian.Uint64(f.Payload[0:])),
		Load: binary.LittleEndian.Uint64(f.Payload[8:]),
	}, true
}
