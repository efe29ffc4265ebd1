/* cursor.h: a reader's cursor (design §6), the same lines for the shared and the lane topology.
 *
 * The file that includes it provides: word[], pay0[], pay1[], head, floor, CURSOR_END (the cursor
 * stops there), WHOLE(p, a, b) (both payload words belong to one publish of position p), and for the
 * shared topology alive[] (the node's kernel lock) and MAY_COMMIT(p) (ghost: a live process is inside the slot
 * for position p). LANE selects the lane rules.
 *
 * Readers write nothing shared: the only globals written here are ghosts.
 */
#define MAX(x, y) ((x) > (y) -> (x) : (y))

proctype cursor() {
	byte p;                       /* the position to read next */
	byte counted;                 /* ghost: start + delivered + overwritten + unavailable + reset */
	byte due;                     /* ghost: the lowest position not yet passed */
	byte f, h, w, again, a, b, to, x;

	if                            /* start: oldest or now; both before anything was read */
	:: p = 0
	:: p = head
	fi;
	counted = p; due = p;

poll:
	atomic {
		assert(counted == p); /* every position passed is counted exactly once */
		assert(p >= due);     /* and none is visited again */
		due = p;
		if
		:: p >= CURSOR_END -> goto done
		:: else
		fi
	};
	atomic {
		f = floor;
		if
#ifndef MUT_NO_FLOOR
		:: p < f -> counted = counted + (f - p); p = f; goto poll   /* reset took [p, f) away */
#endif
		:: else
		fi
	};

judge:
	atomic {
		w = word[SLOT(p)];
		if
#ifdef MUT_NO_LAP_CHECK
		:: STATE(w) == COMMITTED      -> goto copy
#else
		:: COMMITTED_FOR(w, p)        -> goto copy
#endif
		:: else
		fi;
		if
		:: LAP(w) >  LAPOF(p)         -> goto overwritten
		:: LAP(w) <  LAPOF(p)         -> w = 0; goto poll          /* nothing there yet */
		:: else
		fi;
#ifdef LANE
		assert(STATE(w) == WRITING);
		w = 0; goto poll                                          /* a lane: nothing there yet */
#else
		if
		:: STATE(w) == WRITING        -> goto pending
		:: else                       -> goto unavailable         /* hole, or stalled */
		fi
#endif
	};

copy:	/* payload word by word, load fence, the slot word again */
	a = pay0[SLOT(p)];
#ifdef MUT_NO_LOAD_FENCE
	again = word[SLOT(p)];        /* the second look overtakes the last payload load */
#endif
	b = pay1[SLOT(p)];
	atomic {
#ifndef MUT_NO_LOAD_FENCE
		again = word[SLOT(p)];
#endif
#ifdef MUT_NO_SECOND_CHECK
		again = w;
#endif
		if
		:: again != w -> w = 0; again = 0; a = 0; b = 0; goto judge
		:: else
		fi;
		/* deliver */
		assert(WHOLE(p, a, b));                                   /* no torn frame */
		assert(p >= f);                                           /* none that was reset away before this poll */
		w = 0; again = 0; a = 0; b = 0;
		counted++; due = p + 1; p++;
#ifdef MUT_DELIVER_TWICE
		p--; counted--;
#endif
		goto poll
	};

overwritten:	/* w names a newer position q: everything up to q - CAP is gone */
	atomic {
		h = head;
#ifdef MUT_JUMP_HEAD_ONLY
		to = (h >= CAP -> h - CAP : 0);
#else
#ifdef MUT_JUMP_TO_HEAD
		to = MAX(h, POS(w, SLOT(p)) + 1 - CAP);
#else
		to = MAX((h >= CAP -> h - CAP : 0), POS(w, SLOT(p)) + 1 - CAP);
#endif
#endif
		assert(to > p);                                           /* never backwards, always on */
		x = p;
		do
		:: x < to -> assert(LAP(word[SLOT(x)]) > LAPOF(x)); x++   /* each one really is overwritten */
		:: else -> break
		od;
#ifdef MUT_COUNT_Q
		counted = counted + (POS(w, SLOT(p)) + 1 - CAP - p);
#else
		counted = counted + (to - p);
#endif
		p = to;
		w = 0; h = 0; to = 0; x = 0;
		goto poll
	};

#ifndef LANE
pending:	/* its writer is inside: dead or alive? asked after the word was loaded */
	atomic {
		if
		:: !alive[NODE(w)] -> goto dead
		:: alive[NODE(w)]
		fi;
		if
		:: w = 0; goto poll                                       /* wait for it */
		:: goto impatient                                         /* or give it up */
		fi
	};

dead:	/* It may have committed between our load and its death. Only a word that is still the same is lost. */
#ifndef MUT_DEAD_NO_RELOAD
	atomic {
		again = word[SLOT(p)];
		if
		:: again != w -> again = 0; w = 0; goto judge
		:: else -> again = 0
		fi;
#else
	atomic {
#endif
		assert(!COMMITTED_FOR(word[SLOT(p)], p) && !MAY_COMMIT(p));  /* "never" is true, and stays true */
		goto unavailable
	};

impatient:
unavailable:
	atomic {
		w = 0;
		counted++; p++;
		goto poll
	};
#endif

done:
	skip
}
