/* exchange.pml: the table of leases of substrates/contest, whose rows and members exchange cells.
 *
 * MEMBERS nodes do OPS operations in all their lives together, each on one of ROWS rows with one subject
 * each: claim, renew or release. KILLS deaths; the next life of a node begins where the last one ended.
 * Time goes on by at most one whenever somebody looks at the clock.
 */
#ifndef MEMBERS
#define MEMBERS 2
#endif
#ifndef ROWS
#define ROWS 1
#endif
#ifndef OPS
#define OPS 2
#endif
#ifndef KILLS
#define KILLS 1
#endif
#define TTL   2
#define LATE  4                          /* the last time there is */
#define CELLS (ROWS + MEMBERS)

/* a row's word: sequence and cell. (The real one is 0 at first, which stands for this.) */
#define CELL(w)      ((w) & 7)
#ifdef MUT_NO_SEQUENCE
#define NEXT(w, c)   (c)
#else
#define NEXT(w, c)   (((w) & ~7) + 8 + (c))
#endif
/* a hand: turn, offered, cell */
#define OFFERS(h)    ((h) & 8)
#define OFFER(h, c)  ((((h) & ~15) + 16) | 8 | (c))
#define SETTLE(h, c) (((h) & ~15) | (c))

/* ---- shared memory ---- */
byte row[ROWS];
byte hand[MEMBERS];
byte author[CELLS], before[CELLS], place[CELLS];     /* a cell's header … */
byte token[CELLS], until[CELLS];                  /* … and its lease; token 0 = none */
byte next = 1;                                    /* the next token */

byte now, kills = KILLS, ops = OPS;

/* ---- ghosts: what was decided ---- */
byte held[ROWS], ends[ROWS], last[ROWS];

#define STEP(...) \
	if \
	:: atomic { true; __VA_ARGS__ } \
	:: atomic { kills > 0 -> kills--; goto killed } \
	fi

#define CAS(loc, old, new) \
	if \
	:: loc == (old) -> loc = (new); ok = true \
	:: else -> ok = false \
	fi

/* nobody but this member has the cell: no row names it, no other hand holds it */
inline mine(c) {
	i = 0;
	do
	:: i < ROWS -> assert(CELL(row[i]) != c); i++
	:: else -> break
	od;
	i = 0;
	do
	:: i < MEMBERS -> assert(i == me || CELL(hand[i]) != c); i++
	:: else -> break
	od;
	i = 0
}

proctype member(byte me) {
	byte r, w, c, h, offer;
	byte a, b, x, y, his;             /* the copy: author, word before, token, until; the author's hand */
	byte t, k, want, i;
	byte guard[ROWS];                 /* tokens that this life has won; it forgets those it lost */
	bool ok;

ready:	/* the hand, and what became of an offer in it */
	STEP( h = hand[me]; c = CELL(h); if :: !OFFERS(h) -> c = 0; goto choose :: else fi );
#ifdef MUT_READY_BLIND
	STEP( hand[me] = SETTLE(h, c); c = 0 );
	goto ready;
#endif
	STEP( b = before[c] );
	STEP( r = place[c] );
	STEP( w = row[r]; if :: CELL(w) == c -> offer = SETTLE(h, CELL(b)) :: else -> offer = SETTLE(h, c) fi );
#ifdef MUT_READY_STORE
	STEP( hand[me] = offer );
#else
	STEP( CAS(hand[me], h, offer) );
#endif
	atomic { b = 0; r = 0; w = 0; c = 0; offer = 0; ok = false; goto ready };

choose:
	atomic {
		mine(CELL(h));
		if :: ops == 0 -> goto end_done :: else -> ops-- fi;
		if :: r = 0 :: ROWS > 1 -> r = ROWS - 1 fi;
		if
		:: want = 1                               /* claim */
		:: guard[r] -> want = 2                   /* renew */
		:: guard[r] -> want = 3                   /* release */
		fi
	};
	STEP( if :: now < LATE -> now++ :: true fi; t = now );
#ifdef MUT_TOKEN_EARLY
	STEP( k = next; next++ );
#endif

look:	/* steps 1 to 4 */
	STEP( w = row[r]; c = CELL(w) );
	STEP( a = author[c] );
	STEP( b = before[c] );
	STEP( x = token[c] );
	STEP( y = until[c] );
#ifndef MUT_HAND_LATE
	STEP( his = hand[a] );
#endif
#ifdef MUT_NO_RECHECK
	atomic { assert(x == held[r] && y == ends[r]) };
#else
	STEP( if :: row[r] != w -> goto look :: else -> assert(x == held[r] && y == ends[r]) fi );   /* whole, and now */
#endif
#ifdef MUT_HAND_LATE
	STEP( his = hand[a] );
#endif
#ifndef MUT_NO_SETTLE
	if
	:: OFFERS(his) && CELL(his) == c ->
#ifdef MUT_SETTLE_STORE
		STEP( hand[a] = SETTLE(his, CELL(b)); if :: a == me -> h = hand[me] :: else fi )
#else
		STEP( CAS(hand[a], his, SETTLE(his, CELL(b))) )
#endif
	:: else
	fi;
#endif
	a = 0; b = 0; his = 0;

	/* step 5 */
	if
	:: want == 1 ->
#ifndef MUT_TAKE_LIVE
		if :: x && y > t -> goto over :: else fi;  /* yield */
#endif
#ifndef MUT_TOKEN_EARLY
		STEP( k = next; next++ );
#endif
		atomic { x = k; y = t + TTL; k = 0 }
	:: want == 2 ->
		if :: x != guard[r] || y <= t -> guard[r] = 0; goto over :: else fi;
#ifdef MUT_RENEW_SHORTENS
		y = t + 1
#else
		if :: y >= t + TTL -> goto over :: else -> y = t + TTL fi
#endif
	:: want == 3 ->
#ifdef MUT_RELEASE_ANY
		if :: x == 0 -> goto over :: else fi;
#else
		if :: x != guard[r] -> guard[r] = 0; goto over :: else fi;
#endif
		atomic { x = 0; y = 0 }
	fi;

	/* steps 6 and 7 */
	c = CELL(h);
	STEP( mine(c); author[c] = me );
	STEP( mine(c); before[c] = w );
	STEP( mine(c); place[c] = r );
	STEP( mine(c); token[c] = x );
	STEP( mine(c); until[c] = y );
	offer = OFFER(h, c);
#ifndef MUT_OFFER_LATE
	STEP( hand[me] = offer );
#endif
	/* step 8 */
	STEP(
#ifdef MUT_ROW_STORE
		row[r] = NEXT(w, c); ok = true;
#else
		CAS(row[r], w, NEXT(w, c));
#endif
		if
		:: ok && want == 1 ->
			assert(held[r] == 0 || ends[r] <= now);      /* never two leases */
			assert(x > last[r]);                         /* tokens grow */
			last[r] = x; guard[r] = x
		:: ok && want == 2 -> assert(held[r] == x && ends[r] <= y)   /* never shortens, never revives */
		:: ok && want == 3 -> assert(held[r] == guard[r]); guard[r] = 0
		:: else
		fi;
		if :: ok -> held[r] = x; ends[r] = y :: else fi
	);
#ifdef MUT_OFFER_LATE
	STEP( hand[me] = offer );
#endif
	if
	:: !ok ->
		STEP( hand[me] = SETTLE(offer, c); h = SETTLE(offer, c); offer = 0 );
#ifdef MUT_TOKEN_EARLY
		k = x;
#endif
		goto look
	:: else
	fi;
	/* step 9 */
	STEP( CAS(hand[me], offer, SETTLE(offer, CELL(w))); h = SETTLE(offer, CELL(w)) );

over:
	atomic { w = 0; c = 0; x = 0; y = 0; t = 0; k = 0; want = 0; r = 0; offer = 0; ok = false; goto choose };

killed:	/* its leases go on: they are not its own */
	atomic {
		r = 0;
		do
		:: r < ROWS -> guard[r] = 0; r++
		:: else -> break
		od;
		r = 0; w = 0; c = 0; h = 0; offer = 0; a = 0; b = 0; x = 0; y = 0; his = 0; t = 0; k = 0; want = 0; i = 0; ok = false
	};
end_dead:
	goto ready;                           /* the next life, at any later time, or never */

end_done:
	skip
}

init {
	byte i;
	atomic {
		do
		:: i < ROWS -> row[i] = i; i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < MEMBERS -> hand[i] = ROWS + i; i++
		:: else -> break
		od;
		run member(0);
		run member(1);
#if MEMBERS >= 3
		run member(2);
#endif
	}
}
