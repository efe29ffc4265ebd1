// Package slotcopy moves frames in and out of ring slots. It is the only
// package with assembly: what it does is order, and Go has no plain ordered
// stores. Only package ring may enter.
//
// Three routines touch a slot, each a single call so that mark, copy and commit
// cannot be reordered by the compiler:
//
//	Publish   mark, header, payload, commit, head    (lane topology)
//	Fill      header, payload                        (between the shared topology's two CAS)
//	Read      word, header, payload, word again
//
// On amd64 Begin, Copy, End and SetHead are Publish in parts that the compiler puts
// into the caller's body, for small payloads. Mark and Commit are the halves of
// Publish for a writer that fills the slot in place. Pause is the CPU's spin hint.
//
// Orders, by label; each has its other end in the routine named:
//
//	order: mark     the mark is visible before any byte of the payload changes;
//	                Read's second load of the word comes after its copy, so a
//	                copy that saw a changed byte also sees a changed word.
//	order: commit   the payload is visible before the commit; Read's first load
//	                of the word comes before its copy.
//	order: head     the commit is visible before head; a reader that loads head
//	                finds every position below it decided.
//
// On amd64 stores stay in program order and so do loads, so plain moves are
// enough; Go's atomic store would be an XCHG, which waits for a line that a
// reader holds. arm64 needs DMB ISHST behind the mark (a store-release does not
// keep later stores behind it), a store-release to commit, and DMB ISHLD before
// the second load.
//
// The generic routines copy word by word with sync/atomic. They serve all other
// CPUs, the race detector and -tags purego, and are the reference the others
// are tested against.
package slotcopy
