/* lane.pml: the LANE topology (design §5, §7): one writer process per lane, plain stores, x86-TSO.
 *
 * Every store of the writer goes into a FIFO store buffer and reaches memory later, one at a time
 * (process memory). The writer may be killed before each step (KILLS in all). What it had stored
 * still reaches memory, and only then does the kernel drop its lock and a successor can open the lane.
 *
 * Alone, the model checks every store as it reaches memory. With CURSOR or NEWEST a reader runs beside
 * it (it only loads, in program order, so it needs no buffer); RESETS is the number of concurrent Reset calls.
 */
#ifndef CAP
#define CAP 2
#endif
#ifndef POSITIONS
#define POSITIONS 4
#endif
#ifndef BATCH
#define BATCH 1                   /* longest batch; never above CAP */
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef BUFFER
#define BUFFER 4                  /* entries of the store buffer */
#endif
#define LANE

#include "word.h"

/* ---- shared memory ---- */
byte head, floor;
byte word[CAP];
byte pay0[CAP], pay1[CAP];

/* ---- the writer's store buffer: which cell, which value ---- */
chan stores = [BUFFER] of { byte, byte };
#define WORD_OF(s) (s)
#define PAY0_OF(s) (4 + (s))
#define PAY1_OF(s) (8 + (s))
#define HEAD_      12

byte kills = KILLS;

/* what life l of the writer stores into both payload words of position p */
#define TAG(l, p)      ((l) * 16 + (p))
#define WHOLE(p, a, b) ((a) == (b) && (a) % 16 == (p) && (a) >= 16)

/* One plain store, or the writer's death just before it. */
#define STORE(cell, value) \
	if \
	:: atomic { nfull(stores) -> stores!cell, value } \
	:: atomic { kills > 0 -> kills--; goto killed } \
	fi
/* One step that stores nothing, or the writer's death just before it. */
#define STEP(...) \
	if \
	:: atomic { true; __VA_ARGS__ } \
	:: atomic { kills > 0 -> kills--; goto killed } \
	fi

/* Stores reach memory in program order, at any later time. */
active proctype memory() {
	byte cell, v, s, x;
end:
	do
	:: atomic {
		stores?cell, v;
		s = cell % 4;
		if
		:: cell < 4 && STATE(v) == WRITING ->            /* mark */
			assert(LAP(v) == LAP(word[s]) + 1 || v == word[s]);   /* next lap, or a half-written slot again */
			word[s] = v
		:: cell < 4 && STATE(v) == COMMITTED ->          /* commit: whole, and never twice */
			assert(word[s] == WORD(LAP(v), WRITING, NODE(v)));
			assert(WHOLE(POS(v, s), pay0[s], pay1[s]));
			word[s] = v
		:: cell / 4 == 1 -> assert(STATE(word[s]) == WRITING); pay0[s] = v
		:: cell / 4 == 2 -> assert(STATE(word[s]) == WRITING); pay1[s] = v
		:: cell == HEAD_ ->                              /* head never goes back nor past a commit */
			assert(v >= head);
			x = head;
			do
			:: x < v -> assert(LAP(word[SLOT(x)]) > LAPOF(x) || COMMITTED_FOR(word[SLOT(x)], x)); x++
			:: else -> break
			od;
			head = v
		fi;
		cell = 0; v = 0; s = 0; x = 0
	   }
	od
}

active proctype writer() {
	byte life = 1, me = 1;        /* a lane belongs to one node: every life writes the same name */
	byte p, i, n;

open:	/* the kernel lock is ours: all stores of the life before have reached memory */
	STEP( p = head );
#ifndef MUT_SUCC_NO_MOVE
	do	/* move over what is committed already */
	:: i < CAP -> STEP( if :: COMMITTED_FOR(word[SLOT(p)], p) -> p++; i++ :: else -> break fi )
	:: else -> break
	od;
	i = 0;
	STORE(HEAD_, p);
#endif

publish:
	atomic {
		if
		:: p >= POSITIONS -> goto done
		:: p + 1 <= POSITIONS -> n = 1
		:: BATCH >= 2 && p + 2 <= POSITIONS -> n = 2
		:: BATCH >= 3 && p + 3 <= POSITIONS -> n = 3
		fi
	};
	do
	:: i < n ->
#ifndef MUT_NO_MARK
		STORE(WORD_OF(SLOT(p+i)), WORD(LAPOF(p+i), WRITING, me));        /* mark; store barrier */
#endif
#ifdef MUT_NO_STORE_BARRIER
		STEP( pay0[SLOT(p+i)] = TAG(life, p+i) );                        /* overtakes the mark */
#else
		STORE(PAY0_OF(SLOT(p+i)), TAG(life, p+i));                       /* fill */
#endif
#ifdef MUT_COMMIT_EARLY
		STORE(WORD_OF(SLOT(p+i)), WORD(LAPOF(p+i), COMMITTED, me));
		STORE(PAY1_OF(SLOT(p+i)), TAG(life, p+i));
#else
		STORE(PAY1_OF(SLOT(p+i)), TAG(life, p+i));
#ifdef MUT_HEAD_FIRST
		STORE(HEAD_, p+i+1);
#endif
		STORE(WORD_OF(SLOT(p+i)), WORD(LAPOF(p+i), COMMITTED, me));      /* commit */
#endif
		i++
	:: else -> i = 0; break
	od;
	STORE(HEAD_, p+n);                                                   /* one head store */
	atomic { p = p + n; n = 0; goto publish };

killed:
	atomic { p = 0; i = 0; n = 0; life++ };
end_dead:
#ifndef MUT_SUCC_EARLY
	atomic { empty(stores) -> goto open };          /* the successor, at any later time, or never */
#else
	goto open;
#endif

done:
	skip
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
		skip
	}
}
