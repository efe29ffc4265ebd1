// Package layout describes the bytes of an Orbit segment: constants, offsets,
// the slot word, geometry checks and the identity header. It holds no
// behaviour: nobody else does offset arithmetic, and nothing here touches live
// shared memory. Package ring runs the protocol on these offsets, package shm
// keeps them in files.
//
// A segment is one header, a block for every lane, and the slots of every lane:
//
//	offset
//	0      ┌───────────────────────────────────────────────────────────────┐
//	       │ identity, written once before the segment has a name          │
//	       │   magic · layout version · kind · topology · geometry ·       │
//	       │   segment size · type fingerprint and name · stamps · check   │
//	256    ├───────────────────────────────────────────────────────────────┤
//	       │ wait group: waiters u32 · fence u32 · wake u32                │
//	384    ├───────────────────────────────────────────────────────────────┤
//	       │ reserved, zero                                                │
//	512    ├───────────────────────────────┬───────────────────────────────┤
//	       │ lane 0: head u64              │ lane 0: floor u64             │
//	768    ├───────────────────────────────┼───────────────────────────────┤
//	       │ lane 1: head u64              │ lane 1: floor u64             │
//	       ├───────────────────────────────┴───────────────────────────────┤
//	       │ …                                                             │
//	Slots  ├───────────────┬───────────────┬───────────────┬───────────────┤
//	       │ lane 0 slot 0 │ slot 1        │ …             │ slot C−1      │
//	       ├───────────────┼───────────────┼───────────────┼───────────────┤
//	       │ lane 1 slot 0 │ …             │               │ slot C−1      │
//	       ├───────────────┴───────────────┴───────────────┴───────────────┤
//	       │ aux: what a substrate keeps beside the ring, often nothing    │
//	Size   └───────────────────────────────────────────────────────────────┘
//
// A slot is Stride bytes, a multiple of 64, and starts on a cache line; with
// payloads of up to 40 bytes the whole frame is one line:
//
//	0        8         16       20   21      24                       Stride
//	┌────────┬─────────┬────────┬────┬───────┬──────────────────────┬─────┐
//	│ word   │ version │ length │ op │ zero  │ payload              │ pad │
//	└────────┴─────────┴────────┴────┴───────┴──────────────────────┴─────┘
//
//	word:   63                            18 17 16 15              0
//	        ┌───────────────────────────────┬─────┬─────────────────┐
//	        │ lap (46)                      │state│ node (16)       │
//	        └───────────────────────────────┴─────┴─────────────────┘
//
// A lane's positions are 0, 1, 2 … and never wrap; position p lives in slot
// p mod C during lap p / C + 1, so the word of a slot names the position it
// holds. A word of 0 was never written.
//
// Everything is native little-endian and naturally aligned; groups that
// different processes write lie 128 bytes apart on every architecture, because
// adjacent-line prefetchers and Apple's lines work on 128.
package layout
