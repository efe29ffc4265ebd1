package fleet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

// The roll is the fleet's membership: a ring with a lane for every node, whose
// writer's lock is held for as long as the member lives. On joining, a member
// publishes one frame into its lane:
//
//	0   8   when it joined, Unix nanoseconds
//	8   8   its process id, for people only
//
// The aux area has the id counters; see ids.go.
const (
	rollCapacity = layout.MinCapacity
	rollPayload  = 16
)

// Member is a live member of the fleet.
type Member struct {
	Node  uint16
	Since time.Time // when it joined, by the wall clock; of the node's former life in the instant of joining
	PID   int       // its process, as itself knows it: for people, not for decisions
}

func openRoll(s space, size int) (*ring.Ring, ring.Region, error) {
	id := layout.Identity{
		Kind: RollKind, TypeName: "orbit.member",
		Geometry: layout.Geometry{
			Topology: Lane, Lanes: uint32(size), Capacity: rollCapacity,
			Payload: rollPayload, Aux: uint64(size) * idBlock,
		},
	}
	region, err := s.open(id, true)
	if err != nil {
		if detail, ok := errors.AsType[*layout.MismatchError](err); ok && detail.Field == "lanes" {
			return nil, nil, &layout.MismatchError{Field: "fleet size", Have: detail.Have, Want: detail.Want}
		}
		return nil, nil, err
	}
	r, err := ring.Open(region)
	if err != nil {
		return nil, nil, errors.Join(err, region.Close())
	}
	return r, region, nil
}

// sign takes a node and says so in the roll.
func sign(roll *ring.Ring, fleet string, size int, want Choice) (*ring.Writer, error) {
	w, err := take(roll, fleet, size, want)
	if err != nil {
		return nil, err
	}
	var entry [rollPayload]byte
	binary.LittleEndian.PutUint64(entry[0:], uint64(time.Now().UnixNano()))
	binary.LittleEndian.PutUint64(entry[8:], uint64(os.Getpid()))
	if _, err := w.Publish(0, 0, entry[:]); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func take(roll *ring.Ring, fleet string, size int, want Choice) (*ring.Writer, error) {
	if want.given {
		w, err := roll.Writer(uint16(want.node))
		if errors.Is(err, ring.ErrNodeHeld) {
			return nil, &HeldError{Fleet: fleet, Node: want.node}
		}
		return w, err
	}
	for n := range size {
		w, err := roll.Writer(uint16(n))
		if !errors.Is(err, ring.ErrNodeHeld) {
			return w, err
		}
	}
	return nil, &FullError{Fleet: fleet, Size: size}
}

// Alive says whether a live member has this node. It is a system call for every
// node but one's own. True may be out of date when it returns; false may be so
// only if somebody joined meanwhile.
func (f *Fleet) Alive(node uint16) (bool, error) {
	switch {
	case f.closed.Load():
		return false, ErrClosed
	case int(node) >= f.size:
		return false, &NodeError{Node: int(node), Size: f.size}
	}
	return f.members.Alive(node)
}

// Members returns who is alive, in the order of the nodes; the caller is one of
// them. It asks the kernel once for every node of the fleet.
func (f *Fleet) Members() ([]Member, error) {
	var list []Member
	var buf [rollPayload]byte
	for n := range f.size {
		node := uint16(n)
		alive, err := f.Alive(node)
		if err != nil {
			return nil, err
		}
		if !alive {
			continue
		}
		entry := ring.Frame{Payload: buf[:]}
		ok, err := f.roll.Newest(n, &entry)
		if err != nil {
			return nil, fmt.Errorf("roll of fleet %q, node %d: %w", f.name, n, err)
		}
		m := Member{Node: node}
		if signed, isEntry := ReadMember(&entry); ok && isEntry { // not yet while it is joining
			m = signed
		}
		list = append(list, m)
	}
	return list, nil
}

// ReadMember returns the member whose entry a frame of the roll holds, for who
// reads the roll itself. False: it is no entry.
func ReadMember(f *ring.Frame) (Member, bool) {
	if len(f.Payload) != rollPayload {
		return Member{}, false
	}
	return Member{
		Node:  f.ID.Node(),
		Since: time.Unix(0, int64(binary.LittleEndian.Uint64(f.Payload[0:]))),
		PID:   int(binary.LittleEndian.Uint64(f.Payload[8:])),
	}, true
}
