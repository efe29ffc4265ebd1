package layout

// Identity: 256 bytes, written once by the creator before the segment has a
// name, never again; read by everyone who attaches.
const (
	MagicOffset       = 0   // 8 bytes, the text of Magic
	MajorOffset       = 8   // u16, layout major: another one cannot be read
	MinorOffset       = 10  // u16, layout minor: a newer one can be read
	KindOffset        = 12  // u8, the value family, not 0
	TopologyOffset    = 13  // u8, 1 lane, 2 shared
	LanesOffset       = 16  // u32
	PayloadOffset     = 20  // u32, bytes
	StrideOffset      = 24  // u32, bytes
	CapacityOffset    = 32  // u64, slots of a lane
	SizeOffset        = 40  // u64, bytes of the whole segment
	FingerprintOffset = 48  // u64, the creator's hash of the payload type, 0 = untyped
	CreatedOffset     = 56  // u64, creation time, Unix nanoseconds
	InstanceOffset    = 64  // u64, random, tells two lives of one name apart
	AuxSizeOffset     = 72  // u64, bytes of the aux area
	TypeNameOffset    = 128 // u8 length, then the name of the payload type
	CheckOffset       = 248 // u64, FNV-1a of bytes 0–247
	IdentitySize      = 256

	// MaxTypeName is the longest type name that is kept, in bytes.
	MaxTypeName = CheckOffset - TypeNameOffset - 1

	// Magic opens every segment.
	Magic = "ORBITSEG"
	// Major and Minor are the version of this layout.
	Major = 1
	Minor = 0
)

// Wait group: one 128-byte group, written only around parking. Waiters and
// fence lie in one aligned 8-byte word, so that a publisher sees with one load
// that neither concerns it.
const (
	// WaitersOffset: u32, initially 0; not 0: readers may be parked. Set by a
	// reader before it parks, loaded by every publisher after commit, set back
	// by the publisher that wakes them. A flag and no count, so that a reader
	// that is killed while parked costs one needless wake.
	WaitersOffset = 256
	// FenceOffset: u32, initially 0; 1: some reader cannot use membarrier, and
	// publishers fence between commit and the load of waiters. Never set back.
	FenceOffset = 260
	// WakeOffset: u32, initially 0, the futex word. Incremented by a publisher
	// that took waiters down, before it wakes all who sleep on it.
	WakeOffset = 264
)

const (
	// HeaderSize is identity, wait group and a reserved group.
	HeaderSize = 512
	// LaneBlockSize is a lane's head group and floor group.
	LaneBlockSize = 2 * Separation
)

// Slot: see the picture in the package comment. All but the word belong to the
// slot's owner while it is Writing, and to nobody afterwards.
const (
	WordOffset        = 0  // u64, Word
	VersionOffset     = 8  // u64, the caller's
	LengthOffset      = 16 // u32, bytes of payload; clamp before use
	OpOffset          = 20 // u8, the message class inside a ring
	SlotHeaderSize    = 24
	SlotPayloadOffset = SlotHeaderSize
)
