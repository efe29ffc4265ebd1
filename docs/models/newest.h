/* newest.h: the newest frame of a ring or lane. Same demands on the including file as cursor.h. */

#define MAX(x, y) ((x) > (y) -> (x) : (y))

proctype newest() {
	byte floor0, h, x, steps, w, a, b;
	byte known;                   /* ghost: 1 + the newest position committed when this look began, 0 = none */

again:
	atomic {
		known = 0; x = 0; w = 0; a = 0; b = 0;
		steps = CURSOR_END;
		do
		:: steps > 0 && known == 0 ->
			steps--;
			if
			:: COMMITTED_FOR(word[SLOT(steps)], steps) -> known = steps + 1
			:: else
			fi
		:: else -> break
		od;
		steps = 0
	};

	floor0 = floor;
#ifdef MUT_NEWEST_NO_FLOOR
#define BOTTOM 0
#else
#define BOTTOM floor0                 /* what a Reset took away is not there */
#endif
	atomic {
		h = MAX(h, head);     /* h: the position named by the word that lapped us, if any */
		x = h
	};

#ifndef MUT_NEWEST_NO_FORWARD
	do	/* head may lag: forward over slots committed for their position */
	:: steps < CAP ->
		atomic {
			w = word[SLOT(x)];
			if
			:: COMMITTED_FOR(w, x)    -> x++; steps++
			:: LAP(w) > LAPOF(x)      -> goto lapped
			:: else                   -> break
			fi
		}
	:: else -> break
	od;
#endif
	steps = 0;
back:
	do	/* backward: the first slot that is committed for its position and stays so while it is copied */
	:: steps < CAP && x > BOTTOM ->
		x--; steps++;
		atomic {
			w = word[SLOT(x)];
			if
#ifdef MUT_NEWEST_NO_LAP_CHECK
			:: STATE(w) == COMMITTED  -> skip
#else
			:: COMMITTED_FOR(w, x)    -> skip
			:: LAP(w) > LAPOF(x)      -> goto lapped
#endif
			:: else                   -> goto next          /* a hole, or not committed yet */
			fi
		};
		a = pay0[SLOT(x)];
		b = pay1[SLOT(x)];
		atomic {
			if
#ifndef MUT_NEWEST_NO_SECOND_CHECK
			:: word[SLOT(x)] != w -> w = word[SLOT(x)]; goto lapped
#endif
			:: else -> goto found
			fi
		};
next:		skip
	:: else -> goto none
	od;

lapped:	/* x is overwritten, and so is all below it, by a word that names position q. Beyond h there is newer. */
	atomic {
#ifdef MUT_NEWEST_NO_RESTART
		goto back;            /* it ends the way forward, or is skipped on the way back */
#endif
		if
		:: POS(w, SLOT(x)) >  h -> h = POS(w, SLOT(x)); goto again
		:: POS(w, SLOT(x)) <= h -> goto none
		fi
	};

found:
	assert(WHOLE(x, a, b));
	assert(x + 1 >= known);       /* not older than what was there when this look began */
	assert(x >= floor0);          /* nothing that was reset away before */
	goto done;

none:	/* only if there was nothing, or it was removed; where writers can be inside every slot: or overwritten */
	assert(known == 0 || known - 1 < floor0
#if !defined(LANE) || CAP == 1
	       || LAP(word[SLOT(known - 1)]) > LAPOF(known - 1)
#endif
	);

done:
	skip
}
