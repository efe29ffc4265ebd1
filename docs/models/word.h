/* The slot word, as in design §4: lap, state, node in one value; 0 = never written.
 * Real widths are 46:2:16. The models need laps below 16 and nodes below 4, so one byte holds it. */

#define HOLE      0
#define COMMITTED 1
#define WRITING   2
#define STALLED   3                        /* a hole AND the node named is still inside */

#define WORD(lap, state, node) (((lap) << 4) | ((state) << 2) | (node))
#define LAP(w)    ((w) >> 4)
#define STATE(w)  (((w) >> 2) & 3)
#define NODE(w)   ((w) & 3)

#define SLOT(p)   ((p) % CAP)
#define LAPOF(p)  ((p) / CAP + 1)
#define POS(w, s) ((LAP(w) - 1) * CAP + (s))    /* the position that word w of slot s names */

#define FREE(w)      (STATE(w) == HOLE    || STATE(w) == COMMITTED)
#define OCCUPIED(w)  (STATE(w) == WRITING || STATE(w) == STALLED)
#define COMMITTED_FOR(w, p) (STATE(w) == COMMITTED && LAP(w) == LAPOF(p))

/* compare-and-swap of one shared word: one step */
#define CAS(loc, old, new) \
	if \
	:: loc == (old) -> loc = (new); ok = true \
	:: else -> ok = false \
	fi
