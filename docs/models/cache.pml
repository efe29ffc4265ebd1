/* cache.pml: the index of the cache, one bucket of it, beside a ring of CAP slots.
 *
 * WRITERS members put OPS entries each of any of KEYS keys, one READER looks keys up. A frame is
 * published in one step and read in one step: that the ring gives whole frames, or none, is shown
 * by shared.pml and reader_shared.pml. Publishing takes the next position and overwrites the slot's
 * older frame. LINKS is how many links a frame has; with 1 or 2 and enough keys the links of
 * several frames have to be followed. Before each step a writer may be killed (KILLS in all).
 *
 * Deletes and expired entries are frames like puts here; resets have a bucket of their own.
 */
#ifndef WRITERS
#define WRITERS 2
#endif
#ifndef OPS
#define OPS 2
#endif
#ifndef KEYS
#define KEYS 2
#endif
#ifndef LINKS
#define LINKS 1
#endif
#ifndef CAP
#define CAP 3
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef READS
#define READS 1
#endif

/* ---- shared memory; a frame is named by its position + 1, 0 is none ---- */
byte head;                        /* the ring's next position */
byte at[CAP];                     /* the frame in each slot */
byte key[CAP];
byte links[CAP];                  /* how many */
byte link[CAP * LINKS];           /* frames, newest first */
byte tag[CAP * LINKS];            /* their keys */
byte bucket;                      /* the newest frame */

byte kills = KILLS;

/* ---- ghosts ---- */
byte newest[KEYS];                /* the frame that decides for each key */
byte asked = KEYS;                /* the key that the reader is looking for */
bool missing;                     /* there was a moment since it began when that key was not there */

#define SLOT(f)  (((f) - 1) % CAP)
#define THERE(f) (at[SLOT(f)] == (f))
#define GONE(k)  (newest[k] == 0 || !THERE(newest[k]))
#define WATCH    if :: asked < KEYS && GONE(asked) -> missing = true :: else fi

#define STEP(...) \
	if \
	:: atomic { true; __VA_ARGS__ } \
	:: atomic { kills > 0 -> kills--; goto killed } \
	fi

proctype writer() {
	byte left = OPS;
	byte k, seen, f, n, i, hk, hn, top;
	byte l[LINKS], lk[LINKS], h[LINKS], ht[LINKS];

put:
	atomic {
		if
		:: left == 0 -> goto killed
		:: else -> left--; k = 0
		fi;
		do
		:: k < KEYS - 1 -> k++
		:: break
		od
	}
again:
	STEP( seen = bucket );
#ifdef MUT_KEEP_LINKS
	if :: f != 0 -> goto publish :: else fi;         /* a second try with the links of the first */
#endif
	n = 0;
	if
	:: seen != 0 ->
		STEP(	/* look at the bucket's newest frame */
			hn = 0; hk = k;
			if
			:: THERE(seen) ->
				hk = key[SLOT(seen)]; hn = links[SLOT(seen)];
				i = 0;
				do
				:: i < hn -> h[i] = link[SLOT(seen) * LINKS + i]; ht[i] = tag[SLOT(seen) * LINKS + i]; i++
				:: else -> break
				od
			:: else
			fi
		);
		STEP( top = head );
		atomic {
#ifdef MUT_NO_HEAD_LINK
			if :: false -> skip :: else fi;
#else
#ifdef MUT_KEEP_SAME
			if :: THERE(seen) -> l[0] = seen; lk[0] = hk; n = 1 :: else fi;
#else
			if :: hk != k -> l[0] = seen; lk[0] = hk; n = 1 :: else fi;
#endif
#endif
#ifdef MUT_SAME_KEY_ENDS
			if :: hk == k -> hn = 0 :: else fi;
#endif
			i = 0;
			do
			:: i < hn && n < LINKS && h[i] + CAP > top ->     /* not overwritten yet */
				if
				:: ht[i] != k -> l[n] = h[i]; lk[n] = ht[i]; n++
				:: else
				fi;
				i++
			:: else -> break
			od
		}
	:: else
	fi;
#ifdef MUT_KEEP_LINKS
publish:
#endif
#ifdef MUT_SWAP_FIRST
	STEP(	/* the position is claimed, the frame is not committed */
		head++; f = head; at[SLOT(f)] = 0; WATCH
	);
#else
	STEP(
		head++; f = head; at[SLOT(f)] = f; key[SLOT(f)] = k; links[SLOT(f)] = n;
		i = 0;
		do
		:: i < n -> link[SLOT(f) * LINKS + i] = l[i]; tag[SLOT(f) * LINKS + i] = lk[i]; i++
		:: else -> break
		od;
		WATCH
	);
#endif
	STEP(
#ifdef MUT_STORE
		seen = bucket;
#endif
		if
		:: bucket == seen ->
			assert(f > bucket);              /* a bucket never goes back */
			bucket = f; newest[k] = f;
			WATCH
		:: else -> goto again                    /* the frame stays out: nobody finds it */
		fi
	);
#ifdef MUT_SWAP_FIRST
	STEP(
		if
		:: f + CAP > head ->
			at[SLOT(f)] = f; key[SLOT(f)] = k; links[SLOT(f)] = n;
			i = 0;
			do
			:: i < n -> link[SLOT(f) * LINKS + i] = l[i]; tag[SLOT(f) * LINKS + i] = lk[i]; i++
			:: else -> break
			od
		:: else
		fi
	);
#endif
	atomic { k = 0; seen = 0; f = 0; n = 0; i = 0; hk = 0; hn = 0; top = 0 };
	goto put;
killed:
	skip
}

proctype reader() {
	byte left = READS;
	byte k, seen, cur, got, least, n, i;
	byte l[LINKS], lk[LINKS];

look:
	atomic {
		if
		:: left == 0 -> goto done
		:: else -> left--; k = 0
		fi;
		do
		:: k < KEYS - 1 -> k++
		:: break
		od;
		asked = k; missing = GONE(k); least = newest[k]; got = 0
	}
again:
	atomic { seen = bucket; cur = seen; if :: cur == 0 -> goto judge :: else fi };
hop:
	atomic {
		if
		:: !THERE(cur) -> goto overtaken
		:: else
		fi;
#ifdef MUT_NO_KEY
		got = cur; goto judge;
#endif
		if
		:: key[SLOT(cur)] == k -> got = cur; goto judge
		:: else
		fi;
		n = links[SLOT(cur)]; i = 0;
		do
		:: i < n -> l[i] = link[SLOT(cur) * LINKS + i]; lk[i] = tag[SLOT(cur) * LINKS + i];
			assert(l[i] < cur);              /* each step leads to an older frame */
			i++
		:: else -> break
		od;
		i = 0
	};
	do
	:: i < n ->
		if
		:: lk[i] == k ->
			atomic {
				if
				:: THERE(l[i]) -> got = l[i]; goto judge
				:: else -> goto overtaken
				fi
			}
		:: else -> i++
		fi
	:: else -> break
	od;
#ifndef MUT_NO_MORE
	if
	:: n == LINKS -> cur = l[n-1]; goto hop          /* there may be more behind the last link */
	:: else
	fi;
#endif
	goto judge;

overtaken:
#ifndef MUT_NO_RETRY
	atomic { if :: bucket != seen -> goto again :: else fi };
#endif

judge:
	atomic {
		if
		:: got != 0 ->
			assert(got >= least);            /* not older than what decided when it began */
			assert(got <= newest[k])         /* and put by somebody, wholly */
		:: else ->
			assert(missing)                  /* a miss: it was not there, for a moment at least */
		fi;
		asked = KEYS; missing = false;
		k = 0; seen = 0; cur = 0; got = 0; least = 0; n = 0; i = 0
	};
	goto look;
done:
	skip
}

init {
	byte i;
	atomic {
		do
		:: i < WRITERS -> run writer(); i++
		:: else -> break
		od;
		run reader()
	}
}
