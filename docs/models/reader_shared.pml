/* reader_shared.pml: readers over the SHARED topology (design §6).
 *
 * The writers here are one process that does anything shared.pml allows, in any order: take the next
 * position (claim or takeover), declare it a hole, move head, fill, commit, abort, leave, die, come
 * back, sweep. Its guards are the assertions rule_take, rule_commit and rule_leave of shared.pml, so
 * every run of shared.pml's writers is, to a reader, a run of this process. Deaths, declared holes and
 * batch sizes are not bounded here; only positions are (POSITIONS).
 *
 * One of CURSOR and NEWEST says which reader runs; RESETS is the number of concurrent Reset calls.
 */
#ifndef NODES
#define NODES 2
#endif
#ifndef CAP
#define CAP 2
#endif
#ifndef POSITIONS
#define POSITIONS 4
#endif

#include "word.h"

/* ---- shared memory ---- */
byte head, floor;
byte word[CAP];
byte pay0[CAP], pay1[CAP];
bool alive[NODES];                /* the kernel locks */

/* ---- ghosts ---- */
byte tail;                        /* the first position nobody has taken */
bool inside[CAP];                 /* a live writer is inside the slot … */
byte mine[CAP];                   /* … which it took for this position … */
byte filled[CAP];                 /* … and has stored so many payload words into */

#define TAG(p) ((p) + 1)
#define MAY_COMMIT(p) (LAP(word[SLOT(p)]) == LAPOF(p) && STATE(word[SLOT(p)]) == WRITING && inside[SLOT(p)])
#define WHOLE(p, a, b) ((a) == TAG(p) && (b) == TAG(p))

/* slots that still name node n from an earlier life: its sweep is not over */
#define LEFT(s, n) (OCCUPIED(word[s]) && NODE(word[s]) == n && !inside[s])
#if CAP == 1
#define LEFTOVERS(n) LEFT(0, n)
#elif CAP == 2
#define LEFTOVERS(n) (LEFT(0, n) || LEFT(1, n))
#else
#define LEFTOVERS(n) (LEFT(0, n) || LEFT(1, n) || LEFT(2, n))
#endif

inline enter(s, p)   { inside[s] = true;  mine[s] = p; filled[s] = 0 }
inline go_out(s)     { inside[s] = false; mine[s] = 0; filled[s] = 0 }

active proctype writers() {
	byte n, s;
end:
	do
	:: atomic {
		/* which node, which slot: any */
		if :: n = 0 :: n = 1 fi;
		if
		:: s = 0
#if CAP >= 2
		:: s = 1
#endif
#if CAP >= 3
		:: s = 2
#endif
		fi;
		if
		/* claim, or take over a slot that no live writer is inside of (its node may be back already, but
		   the word was judged while it was dead); a node claims only after its sweep. Nodes are alike:
		   whichever comes first is called 0 */
		:: tail < POSITIONS && s == SLOT(tail) && alive[n] && !inside[s] && !LEFTOVERS(n) && (tail > 0 || n == 0)
		   -> word[s] = WORD(LAPOF(tail), WRITING, n); enter(s, tail); tail++

		/* declare a hole: whether the writer named is still alive does not matter ("alive" may be old) */
		:: tail < POSITIONS && s == SLOT(tail) && OCCUPIED(word[s]) && n == NODE(word[s])
		   -> word[s] = WORD(LAPOF(tail), STALLED, n); tail++

		/* whoever claimed, or a helper, moves head */
		:: head < tail && n == 0 && s == 0 -> head++

		/* the owner fills … */
		:: inside[s] && n == NODE(word[s]) && filled[s] == 0 -> pay0[s] = TAG(mine[s]); filled[s] = 1
		:: inside[s] && n == NODE(word[s]) && filled[s] == 1 -> pay1[s] = TAG(mine[s]); filled[s] = 2

		/* … and commits (head has moved past it by then) */
		:: inside[s] && n == NODE(word[s]) && filled[s] == 2 && STATE(word[s]) == WRITING && head > mine[s]
		   -> word[s] = WORD(LAP(word[s]), COMMITTED, n); go_out(s)

		/* abort; or lapped while inside; or the sweep of the node's next life */
		:: OCCUPIED(word[s]) && n == NODE(word[s]) && alive[n]
		   -> word[s] = WORD(LAP(word[s]), HOLE, n); go_out(s)

		/* the node dies, or leaves after its last frame: either way the kernel drops its lock */
		:: alive[n] && s == 0 -> alive[n] = false;
			s = 0;
			do
			:: s < CAP -> if :: inside[s] && NODE(word[s]) == n -> go_out(s) :: else fi; s++
			:: else -> break
			od

		/* the node opens again */
		:: !alive[n] && s == 0 -> alive[n] = true

		:: else
		fi;
		n = 0; s = 0
	   }
	od
}

#define CURSOR_END POSITIONS
#ifdef CURSOR
#include "cursor.h"
#endif
#ifdef NEWEST
#include "newest.h"
#endif
#if RESETS > 0
#include "reset.h"
#endif

init {
	atomic {
#ifdef CURSOR
		run cursor();
#endif
#ifdef NEWEST
		run newest();
#endif
#if RESETS > 0
		run reset();
#endif
#if RESETS > 1
		run reset();
#endif
	}
}
