/* park.pml: parking and waking (design §8) with the asymmetric fence, under x86-TSO store buffers.
 *
 * PUBLISHERS processes commit FRAMES frames each by plain stores; WAITERS processes wait until they
 * have seen all that was committed. A publisher may be killed before each step (KILLS in all), in
 * particular between commit and wake; a waiter may be killed too (WAITER_KILLS).
 *
 * Every wait is a bounded slice. EARLY slices run out while others could still move. Else a slice ends
 * only when nothing else can happen any more: then a waiter asleep beside a frame is a lost wake-up, and
 * the checker accepts it only where a publisher was killed, one slice for each death and waiter.
 *
 * waiters is a flag: a waiter that has loaded wake raises it, a publisher that finds it raised lowers it,
 * moves wake, and wakes all. Lowering and moving are locked stores and drain the publisher's buffer.
 *
 * FENCED: the fallback where membarrier is refused: publishers fence after commit, waiters do not.
 */
#ifndef PUBLISHERS
#define PUBLISHERS 1
#endif
#ifndef WAITERS
#define WAITERS 1
#endif
#ifndef FRAMES
#define FRAMES 2
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef EARLY
#define EARLY 1
#endif
#ifndef WAITER_KILLS
#define WAITER_KILLS 0
#endif

/* ---- shared memory ---- */
byte committed[PUBLISHERS];       /* the slot words: how many frames of each publisher are visible */
bit waiters;
byte wake;

/* ---- per publisher: commits still in its store buffer (FIFO: they become visible one by one) ---- */
byte buffered[PUBLISHERS];

/* ---- the kernel ---- */
bool registered[PUBLISHERS];      /* for membarrier */
bool asleep[WAITERS];             /* in futex_wait */

/* ---- ghosts ---- */
byte kills = KILLS, waiter_kills = WAITER_KILLS;
byte early = EARLY;
byte slices;                      /* slices that had to run out while a frame lay ready */

#define STEP(...) \
	if \
	:: atomic { true; __VA_ARGS__ } \
	:: atomic { kills > 0 -> kills--; goto killed } \
	fi

/* A locked store: waits until the buffer is empty. */
#define LOCKED(...) \
	if \
	:: atomic { buffered[me] == 0 -> __VA_ARGS__ } \
	:: atomic { kills > 0 -> kills--; goto killed } \
	fi

/* A store leaves a buffer, at any later time, also after its process is dead. */
active proctype memory() {
end:
	do
	:: atomic { buffered[0] > 0 -> buffered[0]--; committed[0]++ }
#if PUBLISHERS >= 2
	:: atomic { buffered[1] > 0 -> buffered[1]--; committed[1]++ }
#endif
	od
}

inline futex_wake_all() {
	i = 0;
	do
	:: i < WAITERS ->
		asleep[i] = false; i++;
#ifdef MUT_WAKE_ONE
		if :: i < WAITERS && !asleep[0] && asleep[i] -> break :: else fi
#endif
	:: else -> break
	od;
	i = 0
}

proctype publisher(byte me) {
	byte left = FRAMES, parked, i;

#ifndef MUT_NOT_REGISTERED
	STEP( registered[me] = true );                       /* at open; the system call is a full fence */
#endif
	do
	:: left > 0 ->
#ifdef MUT_LOAD_FIRST
		STEP( parked = waiters );
		STEP( buffered[me]++ );
#else
		STEP( buffered[me]++ );                      /* commit: a plain store */
#ifdef FENCED
		if
		:: buffered[me] == 0                         /* fence: waits until the buffer is empty */
		:: atomic { kills > 0 -> kills--; goto killed }
		fi;
#endif
		STEP( parked = waiters );                    /* a plain load: may pass the commit in the buffer */
#endif
		if
		:: parked > 0 ->
#ifdef MUT_TAKEDOWN_LATE
			LOCKED( wake++ );
			LOCKED( waiters = 0 );
#else
			LOCKED( waiters = 0 );
#ifndef MUT_NO_WAKE_COUNT
			LOCKED( wake++ );
#endif
#endif
			STEP( futex_wake_all() )
		:: else
		fi;
		parked = 0; left--
	:: else -> break
	od;
killed:
	skip
}

/* Everything this waiter has not seen yet. */
#if PUBLISHERS == 1
#define NEWS (committed[0] != seen0)
#else
#define NEWS (committed[0] != seen0 || committed[1] != seen1)
#endif

proctype waiter(byte me) {
	byte seen0, seen1, value;

poll:
	atomic {
		seen0 = committed[0];
#if PUBLISHERS >= 2
		seen1 = committed[1];
#endif
		if
		:: seen0 + seen1 == PUBLISHERS * FRAMES -> goto done
		:: else
		fi
	};

#if !defined(MUT_VALUE_LATE) && !defined(MUT_ANNOUNCE_FIRST)
	value = wake;
#endif
	/* announce: a locked store */
#ifndef MUT_RECHECK_FIRST
	waiters = 1;
#endif
#if !defined(FENCED) && !defined(MUT_NO_MEMBARRIER)
	/* membarrier: every registered publisher executes a full fence, one after another */
	(!registered[0] || buffered[0] == 0);
#if PUBLISHERS >= 2
	(!registered[1] || buffered[1] == 0);
#endif
#endif
#ifdef MUT_ANNOUNCE_FIRST
	value = wake;
#endif
	/* the re-check of the slot word */
#ifndef MUT_NO_RECHECK
	if
	:: NEWS -> goto leave
	:: else
	fi;
#endif
#ifdef MUT_VALUE_LATE
	value = wake;
#endif
#ifdef MUT_RECHECK_FIRST
	waiters = 1;
#endif
	/* futex_wait: the kernel compares and puts to sleep in one step */
	atomic {
		if
		:: wake != value -> goto leave
		:: else -> asleep[me] = true
		fi
	};
parked:
	if
	:: !asleep[me]                                       /* woken */
	:: atomic { asleep[me] && early > 0 ->               /* the bounded slice runs out early */
		early--; asleep[me] = false }
	:: atomic { asleep[me] && waiter_kills > 0 ->        /* killed while parked: the flag stays raised */
		waiter_kills--; asleep[me] = false; goto done }
	:: atomic { timeout ->                               /* nothing but the end of our slice can happen any more */
		asleep[me] = false;
		if
		:: NEWS ->                                   /* asleep beside a frame: somebody died before its wake … */
			assert(kills < KILLS);
			slices++;
			assert(slices <= (KILLS - kills) * WAITERS)   /* … and one death costs a waiter one slice */
		:: else -> goto done
		fi
	   }
	fi;
leave:
	atomic { value = 0; goto poll };                     /* looks first, and announces again only if there is nothing */
done:
	skip
}

init {
	atomic {
		run publisher(0);
#if PUBLISHERS >= 2
		run publisher(1);
#endif
		run waiter(0);
#if WAITERS >= 2
		run waiter(1);
#endif
	}
}
