/* shared.pml: the SHARED topology's writers (design §5), without readers.
 *
 * WRITERS nodes publish FRAMES frames each into CAP slots, singly or in batches of up to BATCH.
 * Every access to shared memory and every question to the kernel is one step. Before each step the
 * process may be killed (KILLS in all); its kernel lock vanishes with it. A killed node may come
 * back and opens again: lock, sweep, publish. A STOPPED writer is one that the scheduler does not
 * pick: the search tries every such delay at every step, so stop needs no line of its own.
 *
 * Bounds: KILLS deaths in all, HOLES declared holes in all (after that, patience has no end).
 */
#ifndef WRITERS
#define WRITERS 2
#endif
#ifndef FRAMES
#define FRAMES 2
#endif
#ifndef CAP
#define CAP 1
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef HOLES
#define HOLES 1
#endif
#ifndef BATCH
#define BATCH 1
#endif
/* TWIN: a second process opens as node 0 too, and has to wait until the first is gone */

#include "word.h"

/* ---- shared memory ---- */
byte head;
byte word[CAP];
byte pay0[CAP], pay1[CAP];        /* a payload of two words, stored in two steps */
#ifdef CURSOR
byte floor;
#endif

/* ---- the kernel: who holds the lock of which node ---- */
bool alive[WRITERS];

/* ---- budgets ---- */
byte kills = KILLS, holes = HOLES;

/* ---- ghosts: what the checker knows and the protocol does not ---- */
byte tail;                        /* the first position nobody has taken yet */
byte inside[CAP];                 /* the process (_pid, never 0) that is inside the slot, 0 = none */
short was_hole;                   /* bit p: position p was seen as a hole */

#define BIT(p) (1 << (p))
#define TAG(p) ((p) + 1)          /* what the owner of position p writes into both payload words */

/* One step of a writer, or its death just before it. (The leading `true` keeps an `else` of the step
 * from being read as "else, and nobody is killed".) */
#define STEP(...) \
	if \
	:: atomic { true; __VA_ARGS__ } \
	:: atomic { kills > 0 -> kills--; goto killed } \
	fi

/* The only three ways in which a slot word changes. reader_shared.pml lets its writers do exactly
 * these, in any order; the assertions here are what entitles it to. */

/* take: position p is claimed by me, or declared a hole that still names its stalled writer */
inline rule_take(p, old, new) {
	assert(p == tail);                               /* positions are taken in order, each once */
	assert(LAP(old) < LAP(new) && LAP(new) == LAPOF(p));
	if
	:: STATE(new) == WRITING ->
		assert(inside[SLOT(p)] == 0);            /* never two owners inside one slot */
		assert(alive[NODE(new)]);
		inside[SLOT(p)] = _pid
	:: else ->
		assert(STATE(new) == STALLED && OCCUPIED(old) && NODE(new) == NODE(old));
		was_hole = was_hole | BIT(p)
	fi;
	tail++;
#ifndef CURSOR
	pay0[SLOT(p)] = 0; pay1[SLOT(p)] = 0;            /* "not the new owner's": all that a commit asks */
#endif
	old = 0; new = 0                                 /* locals that are done with: fewer equal states */
}

/* commit: the owner publishes what it wrote, whole, at a position that was never a hole */
inline rule_commit(p, old) {
	assert(!(was_hole & BIT(p)));
	assert(old == WORD(LAPOF(p), WRITING, me));
	assert(inside[SLOT(p)] == _pid);
	assert(pay0[SLOT(p)] == TAG(p) && pay1[SLOT(p)] == TAG(p));
	assert(head > p);                                /* Newest relies on it */
	inside[SLOT(p)] = 0
}

/* leave: the owner, or its node's next life, turns the slot into a hole nobody is inside of */
inline rule_leave(s, old) {
	assert(OCCUPIED(old) && NODE(old) == me);
	assert(inside[s] == 0 || inside[s] == _pid);
	was_hole = was_hole | BIT(POS(old, s));
	inside[s] = 0
}

proctype writer(byte me) {
	byte left = FRAMES;               /* frames still to publish */
	byte p, w, new, h, i, n, want;
	bool ok;
#ifdef MUT_DEAD_REMEMBERED
	byte corpse;
#endif

open:
#ifndef MUT_LOCK_LATE
	atomic { !alive[me] -> alive[me] = true }        /* the lock of this node: refused while another process holds it */
#endif

	/* sweep: whatever an earlier life of this node left half-done becomes a hole */
#ifndef MUT_NO_SWEEP
	do
	:: i < CAP ->
		STEP( w = word[i] );
		if
		:: OCCUPIED(w) && NODE(w) == me ->
			STEP(
				CAS(word[i], w, WORD(LAP(w), HOLE, me));
				if :: ok -> rule_leave(i, w) :: else fi
			);
#ifdef MUT_SWEEP_NO_RETRY
			ok = true;
#endif
			if :: ok -> i++ :: else fi       /* somebody declared a hole meanwhile: same slot again */
		:: else -> i++
		fi
	:: else -> i = 0; break
	od;
#endif
	/* a live writer that is not publishing is named by no slot */
	atomic {
		i = 0;
		do
		:: i < CAP -> assert(!(OCCUPIED(word[i]) && NODE(word[i]) == me)); i++
		:: else -> break
		od;
		i = 0
	};
#ifdef MUT_LOCK_LATE
	atomic { !alive[me] -> alive[me] = true };
#endif

publish:
	atomic {
		if
		:: left == 0 -> goto close
		:: left >= 1 -> want = 1
		:: BATCH >= 2 && left >= 2 -> want = 2
		fi;
		n = 0
	}

claim:
#ifdef MUT_DEAD_REMEMBERED
	STEP(	/* who is dead? asked before anything is loaded */
		i = 0;
		do
		:: i < WRITERS && alive[i] -> i++
		:: else -> break
		od;
		corpse = i; i = 0
	);
#endif
	STEP( p = head );
judge:
	STEP(
		w = word[SLOT(p)];
		if
		:: LAP(w) >  LAPOF(p) -> goto claim              /* head moved: start over */
		:: LAP(w) == LAPOF(p) -> goto help               /* taken */
		:: LAP(w) <  LAPOF(p) && FREE(w) -> goto mark
		:: else                                          /* an earlier writer is, or was, inside */
		fi
	);
#ifdef MUT_DEAD_REMEMBERED
	if :: corpse == NODE(w) -> goto mark :: else fi;
#else
	/* ask the kernel, after loading the word that is judged; "alive" may be an old answer, "dead" may not */
	STEP( if :: !alive[NODE(w)] -> goto mark :: true fi );
#endif

	/* alive, and patience is over: declare p a hole, naming the writer that is still inside */
	STEP(
#ifdef MUT_ALIVE_TAKEOVER
		if :: goto mark :: true fi;
#endif
		if
		:: holes == 0 -> goto claim                      /* model bound: patience goes on */
		:: else
		fi;
		new = WORD(LAPOF(p), STALLED, NODE(w));
		CAS(word[SLOT(p)], w, new);
		if
		:: ok -> rule_take(p, w, new); holes--
		:: else -> goto judge
		fi
	);
	STEP( CAS(head, p, p+1) );
	atomic { p++; goto judge };

help:
#ifdef MUT_HELP_BLIND
	STEP( assert(p + 1 >= head); head = p + 1 );
#else
	STEP( CAS(head, p, p+1) );
#endif
	goto claim;

mark:	/* claim: our name goes into the slot word; a dead writer's slot is taken over by the same CAS */
	STEP(
		new = WORD(LAPOF(p), WRITING, me);
#ifdef MUT_CLAIM_STORE
		word[SLOT(p)] = new; ok = true;
#else
		CAS(word[SLOT(p)], w, new);
#endif
		if
		:: ok -> rule_take(p, w, new); n = 1
		:: else -> goto judge
		fi
	);

	/* batch: p+1, … as long as each slot is free */
	do
	:: n < want ->
		STEP(
			w = word[SLOT(p+n)];
			if
			:: LAP(w) < LAPOF(p+n) && FREE(w)
			:: else -> break                         /* not free: the batch is short */
			fi
		);
		STEP(
			new = WORD(LAPOF(p+n), WRITING, me);
			CAS(word[SLOT(p+n)], w, new);
			if
			:: ok -> rule_take(p+n, w, new); n++
#ifdef MUT_BATCH_GAP
			:: else -> p++                           /* goes on behind the position it did not get */
#else
			:: else -> break
#endif
			fi
		)
	:: else -> break
	od;

	/* head moves from wherever it is to p+n; helpers may have moved it part of the way */
move_head:
#ifdef MUT_NO_HEAD
	goto fill;
#endif
	if
	:: n == 1 -> STEP( CAS(head, p, p+1) )
	:: else ->
#ifdef MUT_BATCH_HEAD
		STEP( CAS(head, p, p+n) )                         /* once, from p: fails if somebody helped */
#else
		STEP( h = head; if :: h >= p+n -> h = 0; goto fill :: else fi );
		STEP( CAS(head, h, p+n); h = 0 );
		goto move_head
#endif
	fi;

fill:
	do	/* one after the other; that p+i is ours also says that the ids of a batch are consecutive */
	:: i < n ->
		STEP( assert(inside[SLOT(p+i)] == _pid); pay0[SLOT(p+i)] = TAG(p+i) );
#ifndef MUT_COMMIT_EARLY
		STEP( assert(inside[SLOT(p+i)] == _pid); pay1[SLOT(p+i)] = TAG(p+i) );
#endif
		w = WORD(LAPOF(p+i), WRITING, me);
		if
		:: STEP( /* commit */
#ifdef MUT_COMMIT_STORE
			rule_commit(p+i, word[SLOT(p+i)]); word[SLOT(p+i)] = WORD(LAPOF(p+i), COMMITTED, me); ok = true
#else
			CAS(word[SLOT(p+i)], w, WORD(LAPOF(p+i), COMMITTED, me));
			if :: ok -> rule_commit(p+i, w) :: else fi
#endif
		)
		:: STEP( /* abort of a reserved slot */
			CAS(word[SLOT(p+i)], w, WORD(LAPOF(p+i), HOLE, me));
			if :: ok -> rule_leave(SLOT(p+i), w) :: else fi
		)
		fi;

		/* lapped while inside: the word is stalled(L, me). Leave it as a hole; others may still move it on */
		do
		:: !ok ->
			STEP( w = word[SLOT(p+i)]; assert(STATE(w) == STALLED && NODE(w) == me && LAP(w) > LAPOF(p+i)) );
			STEP(
#ifdef MUT_LAPPED_COMMIT
				CAS(word[SLOT(p+i)], w, WORD(LAP(w), COMMITTED, me));
				if :: ok -> rule_commit(POS(w, SLOT(p+i)), w) :: else fi
#else
				CAS(word[SLOT(p+i)], w, WORD(LAP(w), HOLE, me));
				if :: ok -> rule_leave(SLOT(p+i), w) :: else fi
#endif
			);
#ifdef MUT_LAPPED_NO_RETRY
			ok = true
#endif
		:: else -> break
		od;
		i++
	:: else -> break
	od;

	/* done: nothing of this publish names us any more */
	atomic {
		i = 0;
		do
		:: i < CAP -> assert(!(OCCUPIED(word[i]) && NODE(word[i]) == me)); i++
		:: else -> break
		od;
		i = 0; left = left - n; p = 0; w = 0; new = 0; ok = false; n = 0; want = 0
	};
	goto publish;

killed:	/* the kernel drops the lock; the slots stay as they are */
	atomic {
		alive[me] = false;
		i = 0;
		do
		:: i < CAP -> if :: inside[i] == _pid -> inside[i] = 0 :: else fi; i++
		:: else -> break
		od;
		i = 0; p = 0; w = 0; new = 0; h = 0; n = 0; want = 0; ok = false
	};
end_dead:
	goto open;                        /* the next life of this node, at any later time, or never */

close:
	alive[me] = false
}

#ifdef CURSOR
#define CURSOR_END (WRITERS*FRAMES)
#define WHOLE(p, a, b) ((a) == TAG(p) && (b) == TAG(p))
#define MAY_COMMIT(p) (LAP(word[SLOT(p)]) == LAPOF(p) && STATE(word[SLOT(p)]) == WRITING && inside[SLOT(p)])
#include "cursor.h"
#endif

init {
	atomic {
		run writer(0);
#ifdef TWIN
		run writer(0);            /* a second process that wants to be node 0 */
#endif
#if WRITERS >= 2
		run writer(1);
#endif
#if WRITERS >= 3
		run writer(2);
#endif
#ifdef CURSOR
		run cursor();
#endif
	}
}
