package netid64

import "cmp"

// Widths of the fields, in bits.
const (
	KindBits    = 8
	NodeBits    = 16
	CounterBits = 40
)

// CounterMask has a one in every bit that a counter may use. It is also the
// largest counter. It is typed because an untyped constant of this size does not
// compile where int has 32 bits.
const CounterMask uint64 = 1<<CounterBits - 1

const (
	nodeShift = CounterBits
	kindShift = CounterBits + NodeBits
)

// An ID is [kind:8][node:16][counter:40], kind in the highest bits. It is a plain
// value, safe to share; uint64(id) is its raw number and every uint64 is an ID.
type ID uint64

// Zero is the raw number 0 and the zero value of [ID]. A fleet never hands it
// out, because kind 0 belongs to nobody; it may stand for "no id".
const Zero ID = 0

// Make builds an id. All of kind and node is kept; of counter only the low 40
// bits are. The cut is silent by design: callers pass a ring position, which
// outgrows 40 bits without ever repeating. Ids wrap, positions never do.
func Make(kind uint8, node uint16, counter uint64) ID {
	return ID(uint64(kind)<<kindShift | uint64(node)<<nodeShift | counter&CounterMask)
}

// Kind is the value family, bits 63–56.
func (id ID) Kind() uint8 { return uint8(id >> kindShift) }

// Node is the writer's number in its fleet, bits 55–40.
func (id ID) Node() uint16 { return uint16(id >> nodeShift) }

// Counter is the low 40 bits of the position, bits 39–0: 0 to [CounterMask].
func (id ID) Counter() uint64 { return uint64(id) & CounterMask }

// IsZero says whether id is [Zero]. encoding/json asks it for omitzero fields.
func (id ID) IsZero() bool { return id == Zero }

// Compare is -1, 0 or +1 as id sorts before, with or after other: by kind, then
// node, then counter. One comparison of the raw numbers gives that order, because
// the fields stand from most to least significant, none is signed, and none
// reaches into its neighbour's bits; so < and > say the same, and the function
// fits slices.SortFunc as ID.Compare.
//
// Within one kind and node this is the order of writing only until the counter
// wraps: the id after counter 2^40-1 sorts first.
func (id ID) Compare(other ID) int { return cmp.Compare(id, other) }
