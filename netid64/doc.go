// Package netid64 is Orbit's 64-bit identifier: which family of values a frame
// belongs to, which member of the fleet wrote it, and where in that family's
// sequence it stands.
//
//	 63    56 55            40 39                                   0   bit
//	+--------+----------------+--------------------------------------+
//	| kind:8 |    node:16     |              counter:40              |
//	+--------+----------------+--------------------------------------+
//	    0          1 – 2                      3 – 7                     byte
//
// Kind is the value family, node the writer's number in its fleet, counter the
// low 40 bits of a position. A position is 64 bits wide and never repeats; an id
// carries only its low part, so after 2^40 frames of one kind an id comes back.
// Ids wrap, positions never do: what has to outlive a wrap resolves the id
// against the head of its ring.
//
// # Forms
//
//	decimal   7:42:1000               String, AppendText, Parse, JSON, logs
//	hex       0x07002a00000003e8      Hex, Parse
//	bytes     07 00 2a 00 00 00 03 e8 AppendBytes, FromBytes
//	number    504449337753863144      uint64(id), ID(n)
//
// The decimal form has exactly one spelling for an id, so texts may be compared
// in place of ids. JSON carries it as a string, because a number of this size
// does not survive readers that keep numbers as float64.
//
// # Who lives here
//
// Only the identifier. The package knows nothing of rings or fleets, imports
// nothing of Orbit, and every other package may import it. An [ID] is a plain
// value: it may be copied, compared with ==, used as a map key and shared
// between goroutines and processes like any uint64.
package netid64
