// Package contest lets the members of a fleet compete for subjects: whoever
// claims a free one gets a lease on it, the others are told who holds it.
//
//	table, err := contest.Open(f, contest.Options{})
//	…
//	nightly := contest.Subject{Kind: 1, Label: "nightly report"}
//	g, holder, err := table.Claim(nightly, "worker:1", 5*time.Second)
//	switch {
//	case err != nil: …
//	case !g.Won():
//		fmt.Println("left to", holder.Owner())
//	default:
//		defer g.Release()
//		work(g.Token)
//	}
//
// # What a lease is worth
//
// At most one live lease exists for a subject, whoever is killed, stopped or
// resumed, and whatever else happens in the table. It ends when it is released
// or when its time is over, and never before: not by traffic, nor by the death
// of its holder, since what a dead process has asked others to do may still be
// under way.
//
// A holder that was stopped does not know that its time is over. What it does
// then, only the resource that it works on can refuse. So every lease has a
// fencing token, which the holder sends along, and the resource asks a [Fence].
// A later lease has a larger token:
//
//   - No token is handed out twice from one table, and those of one subject grow
//     in the order of its leases. Nothing of that depends on a clock.
//   - A table that was removed, or lost when the host restarted, and made again
//     begins at the wall clock's nanoseconds. Its tokens are larger than all
//     before unless the wall clock has been set back behind them: a table hands out
//     less than one a nanosecond, so it never overtakes a clock that runs.
//   - With [Options.Tokens] not even that is needed: before a table hands out
//     its first token, a limit that none of its tokens reaches is kept where
//     neither removal nor restart can touch it, and the next table begins there.
//
// # The table
//
// Leases lie in the aux area of the ring of kind 222, in rows; a subject's row
// follows from its hash. A row's content is never changed in place: it is a
// cell, and the row's word says which. There is one cell more for every node,
// its spare. Claiming, renewing and releasing all do this:
//
//  1. Load the row's word w.
//  2. Copy the cell that it names, and load the hand of the node that wrote it.
//  3. Load the row's word again. Changed: back to 1.
//  4. That hand still offers this very cell: its exchange is done, but not noted.
//     Note it: CAS the hand to what the cell's former word named.
//  5. Decide. Nothing to do: end. A claim takes its token now.
//  6. Write the new content, and w, into my spare cell.
//  7. Store into my hand that I offer this cell.
//  8. CAS the row's word from w to the next sequence number and my cell. This
//     decides. Not w any more: take the offer back, and back to 1.
//  9. CAS my hand: my spare is now the cell that w named.
//
// The row and the node have exchanged cells. So nothing is ever allocated or
// freed, nobody is inside anything that others need, and nobody asks who is
// alive: a writer that is stopped anywhere holds nothing but its own spare, and
// a resumed one can store into that cell and no other. One that was killed
// leaves at most an offer in its hand. The next life of its node finds out
// what became of it (the row names the cell: the exchange happened), and
// step 4 takes care that this can be told: no row's word moves on before the hand
// behind it is settled.
//
// A row's word never comes again in 2^44 changes of the row, so a CAS or a
// second look that finds it equal means that nothing happened in between.
//
// # Observers
//
// Every change is also published on the ring, for [Watcher]. The table decides
// and the ring tells: what was decided by a process that died at once may never
// be told, and two changes can be told in the wrong order. [Transition.Seq] says
// which came first.
//
// Here lives this one idea. The package stands on fleet and knows no other
// substrate; programs enter, and so may anyone above.
package contest
