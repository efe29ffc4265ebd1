package fleet

import (
	"errors"
	"fmt"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/shm"
)

// Sentinels for errors.Is. Beside them come those of the rings and segments
// below: ring.ErrPayload, ring.ErrShortBuffer, ring.ErrLapped, shm.ErrNoSpace,
// layout.ErrMismatch, …
var (
	// ErrClosed: the fleet was closed. It is os.ErrClosed to errors.Is.
	ErrClosed = ring.ErrClosed
	// ErrName: not a fleet's name; the detail is a *NameError.
	ErrName = shm.ErrName
	// ErrSize: a fleet needs 1 to 65536 nodes; the detail is a *SizeError.
	ErrSize = errors.New("orbit: bad fleet size")
	// ErrNode: no such node in the fleet; the detail is a *NodeError.
	ErrNode = ring.ErrNode
	// ErrNodeHeld: the node is taken; the detail is a *HeldError, or a
	// *LentError when this member's own writer is in other hands.
	ErrNodeHeld = ring.ErrNodeHeld
	// ErrFull: a live member holds every node; the detail is a *FullError.
	ErrFull = errors.New("orbit: fleet is full")
	// ErrKind: not a kind to use here; the detail is a *KindError.
	ErrKind = errors.New("orbit: bad kind")
	// ErrShape: not a type whose values can be shared; the detail is a
	// *ShapeError.
	ErrShape = errors.New("orbit: type cannot be shared")
	// ErrSpent: a node has used all ids of a kind; the detail is a *SpentError.
	ErrSpent = errors.New("orbit: no ids left")
	// ErrFrame: a frame that is no value of the type; the detail is a
	// *FrameError.
	ErrFrame = errors.New("orbit: frame does not hold the type")
	// ErrLanes: the lanes of several nodes have no order among them.
	ErrLanes = errors.New("orbit: a ring with several lanes has no newest frame of all: ask for that of a node")
)

// NameError names the rule that a fleet's name breaks.
type NameError struct {
	Name string
	Rule string
}

func (e *NameError) Error() string {
	return fmt.Sprintf("orbit: bad fleet name %q: its segments' name %s", e.Name, e.Rule)
}
func (e *NameError) Unwrap() error { return ErrName }

// SizeError names the size that was asked for.
type SizeError struct{ Size int }

func (e *SizeError) Error() string {
	return fmt.Sprintf("%v: %d, must be 1 to 65536 nodes (Options.Size)", ErrSize, e.Size)
}
func (e *SizeError) Unwrap() error { return ErrSize }

// NodeError names the node that was asked for and the size of the fleet.
type NodeError struct{ Node, Size int }

func (e *NodeError) Error() string {
	return fmt.Sprintf("%v: node %d, a fleet of %d has the nodes 0 to %d", ErrNode, e.Node, e.Size, e.Size-1)
}
func (e *NodeError) Unwrap() error { return ErrNode }

// HeldError names the node that a live member holds.
type HeldError struct {
	Fleet string
	Node  int
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("orbit: node %d of fleet %q is held by a live member: choose another, or wait until it leaves",
		e.Node, e.Fleet)
}
func (e *HeldError) Unwrap() error { return ErrNodeHeld }

// LentError says that this node's writer of a kind was handed out by
// Family.Writer and is still open.
type LentError struct {
	Kind uint8
	Node uint16
}

func (e *LentError) Error() string {
	return fmt.Sprintf("orbit: the writer of kind %d as node %d is in other hands: publish through what Family.Writer gave, or close it; "+
		"a member that has left may have kept it open", e.Kind, e.Node)
}
func (e *LentError) Unwrap() error { return ErrNodeHeld }

// FullError names the fleet and its size.
type FullError struct {
	Fleet string
	Size  int
}

func (e *FullError) Error() string {
	return fmt.Sprintf("%v: live members hold all %d nodes of %q", ErrFull, e.Size, e.Fleet)
}
func (e *FullError) Unwrap() error { return ErrFull }

// KindError names the kind and the rule that it breaks.
type KindError struct {
	Kind uint8
	Rule string
}

func (e *KindError) Error() string { return fmt.Sprintf("%v %d: %s", ErrKind, e.Kind, e.Rule) }
func (e *KindError) Unwrap() error { return ErrKind }

// ShapeError names the type, the field in it, and why that cannot be shared.
type ShapeError struct {
	Type  string
	Field string // path from the type, "" for the type itself
	Rule  string
}

func (e *ShapeError) Error() string {
	what := "it"
	if e.Field != "" {
		what = "field " + e.Field
	}
	return fmt.Sprintf("%v: %s: %s %s", ErrShape, e.Type, what, e.Rule)
}
func (e *ShapeError) Unwrap() error { return ErrShape }

// SpentError names what has no ids left.
type SpentError struct {
	Kind uint8
	Node uint16
}

func (e *SpentError) Error() string {
	return fmt.Sprintf("%v: node %d has handed out all %d of kind %d", ErrSpent, e.Node, netid64.CounterMask+1, e.Kind)
}
func (e *SpentError) Unwrap() error { return ErrSpent }

// FrameError names the frame, its bytes, and the bytes of the type.
type FrameError struct {
	ID         netid64.ID
	Have, Want int
}

func (e *FrameError) Error() string {
	return fmt.Sprintf("%v: frame %v has %d bytes, the type %d", ErrFrame, e.ID, e.Have, e.Want)
}
func (e *FrameError) Unwrap() error { return ErrFrame }
