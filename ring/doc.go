// Package ring runs Orbit's protocol over a region of memory: writers overwrite
// the oldest slot and never wait for a reader, readers keep their own cursor
// and are told exactly what they lost.
//
// The region may be process memory ([New]) or a shared segment ([Open] with a
// *shm.Segment); the code is the same. Who may use what:
//
//   - a [Ring] serves any number of goroutines,
//   - a [Writer] and a [Cursor] serve one goroutine at a time,
//   - a node number has one live [Writer] per ring, in whatever process.
//
// # What decides
//
// A lane is a sequence of positions 0, 1, 2 …; position p lives in slot p mod
// capacity during lap p/capacity + 1. The slot's word says it all:
//
//	lap · committed · node   position holds node's frame, readable
//	lap · writing · node     node is filling the slot
//	lap · hole               position holds no frame and never will
//	lap · stalled · node     the same, and node is still inside for an earlier lap
//
// A smaller lap than the position's: nothing there yet. A larger one: the
// position was overwritten. Head only tells where to look first.
//
// # Writing, lane topology
//
// One writer, plain stores, no locked instruction on amd64:
//
//  1. p = the writer's own head.
//  2. Store the word writing(lap(p), me).
//  3. Store header and payload.
//  4. Store the word committed(lap(p), me). The frame is readable now.
//  5. Store head = p+1.
//
// A batch does 2–4 slot after slot and 5 once. A writer that dies leaves at
// most frames that are committed but not counted in head, and one slot half
// written behind them. Opening the next writer of the lane moves head over the
// former and uses the position of the latter again; no reader ever saw it.
//
// # Writing, shared topology
//
//  1. p = head, w = the word of p's slot.
//  2. lap(w) > lap(p): head has moved, back to 1.
//  3. lap(w) = lap(p): p is taken. Help: CAS head p → p+1, back to 1.
//  4. w committed or hole: claim: CAS w → writing(lap(p), me), go to 7.
//  5. w writing or stalled by node n: give n a moment, then ask the kernel
//     whether n lives. Dead: take over: the same CAS, go to 7.
//  6. Alive: declare p a hole: CAS w → stalled(lap(p), n), CAS head p → p+1,
//     back to 1.
//  7. CAS head p → p+1 (others may have helped).
//  8. Store header and payload.
//  9. Commit: CAS writing(lap(p), me) → committed(lap(p), me).
//  10. If that fails the word is stalled(L, me): others lapped us while we were
//     inside. CAS it to hole(L), report the frame as lost ([ErrLapped]).
//
// The claim is a CAS on the word itself, so a writer that dies at any
// instruction leaves its name in the slot; two writers are never inside one
// slot; and nobody waits for a stopped one beyond a moment. A batch claims p,
// p+1 … as long as step 4 succeeds at once, moves head over all of them, and
// then does 8–10 for each.
//
// Opening a writer as node n locks n (refused while another holds it), then
// sweeps the ring once: every slot left writing or stalled by n's earlier life
// becomes a hole. Only then may n claim.
//
// # Reading
//
//  1. If p < floor, count the difference as reset and go on from floor.
//  2. Load the word.
//  3. committed, lap(p): copy out header and payload, load the word again.
//     Unchanged: deliver, p+1. Changed: back to 2.
//  4. A newer lap: overwritten. Go on at the oldest position that can still be
//     whole, count what was skipped.
//  5. hole or stalled, lap(p): unavailable, p+1.
//  6. writing, lap(p): in a lane nothing is behind it, so there is nothing yet.
//     In a shared ring it is pending: if its node is dead, unavailable, p+1;
//     if alive, wait while less than half the ring is behind it and the stall
//     limit has not passed, then unavailable, p+1.
//  7. An older lap: nothing there yet.
//
// Readers store nothing into the region and run on a read-only mapping. No
// length, position or lap from the region is believed before it is checked.
package ring
