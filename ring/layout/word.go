package layout

// The slot word, the one field that decides what a slot holds.
//
// offset 0 of the slot, 8 bytes, initially 0. Written by the writer that owns
// the slot and, in the shared topology, by compare-and-swap of others; read by
// everyone. Acquire on the first load of a read, compared again after the copy.
const (
	NodeBits  = 16
	StateBits = 2
	LapBits   = 64 - NodeBits - StateBits

	stateShift = NodeBits
	lapShift   = NodeBits + StateBits

	// MaxLap is the largest lap that the word can carry. A lane whose next
	// position lies beyond it is exhausted: 2^46 laps, 22 years of a 1024-slot
	// lane at 100 million frames a second.
	MaxLap = 1<<LapBits - 1

	// MaxNodes is the number of node numbers there are.
	MaxNodes = 1 << NodeBits
)

// State is what a slot word says about its position.
type State uint8

const (
	// Hole: the position holds no frame and never will.
	Hole State = 0
	// Committed: the position holds a readable frame.
	Committed State = 1
	// Writing: the named node is filling the slot.
	Writing State = 2
	// Stalled: the position is a hole, and the named node is still inside the
	// slot on behalf of an earlier lap.
	Stalled State = 3
)

func (s State) String() string {
	return [...]string{"hole", "committed", "writing", "stalled"}[s&3]
}

// Word is a slot word: lap, state and node.
type Word uint64

// MakeWord composes a word. lap beyond MaxLap is cut to its low 46 bits;
// writers check the position against Geometry.MaxPosition first.
func MakeWord(lap uint64, s State, node uint16) Word {
	return Word(lap<<lapShift | uint64(s&3)<<stateShift | uint64(node))
}

// Lap returns the lap, 0 when the slot was never written.
func (w Word) Lap() uint64 { return uint64(w) >> lapShift }

// State returns the state; of a word with lap 0 it means nothing.
func (w Word) State() State { return State(w>>stateShift) & 3 }

// Node returns the node that wrote the word or is inside the slot.
func (w Word) Node() uint16 { return uint16(w) }

// NoNode clears the node: what a reader compares, since it does not know the
// writer beforehand.
func (w Word) NoNode() Word { return w &^ (MaxNodes - 1) }
