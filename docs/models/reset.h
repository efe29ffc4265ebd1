/* reset.h: one Reset call: raise floor to head with one CAS. */

proctype reset() {
	byte h, f;
	bool ok;

	h = head;
raise:	f = floor;
	if
	:: h > f ->
#ifdef MUT_RESET_STORE
		atomic { assert(h >= floor); floor = h }     /* another Reset may have raised it further */
#else
		atomic { CAS(floor, f, h); if :: ok -> skip :: else -> goto raise fi }
#endif
	:: else
	fi
}
