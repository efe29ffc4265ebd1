package ring

import (
	"errors"
	"fmt"
	"os"

	"github.com/orbitring/orbit/netid64"
)

// Errors are for misuse and for a region that cannot be trusted. Empty, pending
// and lost are results.
var (
	// ErrClosed: the ring, writer or cursor was closed. It is os.ErrClosed to
	// errors.Is.
	ErrClosed = fmt.Errorf("orbit: used after Close: %w", os.ErrClosed)
	// ErrNode: a node number that the ring has no lane for; *NodeError.
	ErrNode = errors.New("orbit: node out of range")
	// ErrNodeHeld: a live writer has this node number; *NodeHeldError.
	ErrNodeHeld = errors.New("orbit: node is held by a live writer")
	// ErrPayload: a payload larger than a slot carries; *PayloadError.
	ErrPayload = errors.New("orbit: payload too large")
	// ErrShortBuffer: a buffer smaller than the ring's payload capacity;
	// *BufferError.
	ErrShortBuffer = errors.New("orbit: buffer too small")
	// ErrLapped: the frame was lost because others came around the ring while
	// this writer was inside its slot; publish again. *LappedError.
	ErrLapped = errors.New("orbit: lapped while publishing")
	// ErrReserved: the writer has a reservation that was neither committed nor
	// aborted.
	ErrReserved = errors.New("orbit: a reservation is open: commit or abort it first")
	// ErrReadOnly: the region is mapped read-only.
	ErrReadOnly = errors.New("orbit: ring is read-only")
	// ErrExhausted: all positions of the lane were used; *ExhaustedError.
	ErrExhausted = errors.New("orbit: lane has no positions left")
	// ErrCorrupt: the region contradicts the protocol; *CorruptError.
	ErrCorrupt = errors.New("orbit: ring is corrupt")
	// ErrRegion: memory that cannot carry the ring; *RegionError.
	ErrRegion = errors.New("orbit: bad region")
	// ErrAllStopped: every slot of a shared ring has a stopped writer inside;
	// continue or end those processes, or use a larger ring.
	ErrAllStopped = errors.New("orbit: a stopped writer is inside every slot")
	// ErrContended: writers were faster than every attempt to read.
	ErrContended = errors.New("orbit: newest frame was overwritten at every attempt")
)

// NodeError names the node and the number of lanes there are.
type NodeError struct {
	Node  uint64
	Lanes uint32
}

func (e *NodeError) Error() string {
	return fmt.Sprintf("%v: node %d, the ring has lanes for nodes 0 to %d", ErrNode, e.Node, e.Lanes-1)
}

func (e *NodeError) Unwrap() error { return ErrNode }

// NodeHeldError names the node.
type NodeHeldError struct {
	Kind uint8
	Node uint16
}

func (e *NodeHeldError) Error() string {
	return fmt.Sprintf("%v: node %d of ring kind %d; choose another node, or wait until its process ends",
		ErrNodeHeld, e.Node, e.Kind)
}

func (e *NodeHeldError) Unwrap() error { return ErrNodeHeld }

// PayloadError names the size and the limit, in bytes.
type PayloadError struct {
	Size  int
	Limit int
}

func (e *PayloadError) Error() string {
	return fmt.Sprintf("%v: %d bytes, a slot of this ring carries %d", ErrPayload, e.Size, e.Limit)
}

func (e *PayloadError) Unwrap() error { return ErrPayload }

// BufferError names the size and what is needed, in bytes.
type BufferError struct {
	Size int
	Need int
}

func (e *BufferError) Error() string {
	return fmt.Sprintf("%v: %d bytes, frames of this ring need %d (Ring.PayloadCapacity)", ErrShortBuffer, e.Size, e.Need)
}

func (e *BufferError) Unwrap() error { return ErrShortBuffer }

// LappedError names the position that was lost; of a batch, the first, and how
// many were.
type LappedError struct {
	First netid64.ID
	Lost  int
}

func (e *LappedError) Error() string {
	return fmt.Sprintf("%v: %d lost, the first is %v; publish again", ErrLapped, e.Lost, e.First)
}

func (e *LappedError) Unwrap() error { return ErrLapped }

// ExhaustedError names the number of positions that the lane had.
type ExhaustedError struct {
	Positions uint64
}

func (e *ExhaustedError) Error() string {
	return fmt.Sprintf("%v: all %d were used; remove the segment and create it anew", ErrExhausted, e.Positions)
}

func (e *ExhaustedError) Unwrap() error { return ErrExhausted }

// CorruptError says where the region contradicts the protocol.
type CorruptError struct {
	Lane     uint32
	Position uint64
	What     string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%v: lane %d, position %d: %s; remove the segment and create it anew",
		ErrCorrupt, e.Lane, e.Position, e.What)
}

func (e *CorruptError) Unwrap() error { return ErrCorrupt }

// RegionError says why memory cannot carry the ring.
type RegionError struct {
	Rule string
}

func (e *RegionError) Error() string { return fmt.Sprintf("%v: it %s", ErrRegion, e.Rule) }

func (e *RegionError) Unwrap() error { return ErrRegion }
