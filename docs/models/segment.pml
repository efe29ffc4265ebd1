/* segment.pml: creating, attaching to and removing a named segment (design §9).
 *
 * PROCS processes do OPS operations each: open the segment (create or attach), keep it, leave it; or
 * remove it. Every system call is one step. A process may be killed before each step, at no limit: its
 * descriptor is closed and its locks vanish; it may start again with its next operation.
 *
 * One name, INODES inodes; an inode number is used again once nothing refers to it. The member lock
 * stands for the member byte (shared) and the node bytes (exclusive): the remover's exclusive lock on
 * the whole range conflicts with each of them alike.
 */
#ifndef PROCS
#define PROCS 3
#endif
#ifndef OPS
#define OPS 2
#endif
#define INODES (PROCS + 1)        /* each process has one open, and the name refers to one */

/* ---- the file system ---- */
byte name;                        /* the inode the name refers to; 0 = no such name */
bool whole[INODES + 1];           /* allocated, header complete */

/* ---- descriptors and their locks ---- */
byte fd[PROCS];                   /* the inode this process has open; 0 = none */
bool member[PROCS];               /* holds a member lock on it */
bool remover[PROCS];              /* holds the exclusive lock on it */

/* ---- ghost ---- */
byte shares[PROCS];               /* the inode this process believes to share with its fleet; 0 = none */

#if PROCS == 2
#define OPENED(i)     (fd[0] == i || fd[1] == i)
#define MEMBERS(i)    ((fd[0] == i && member[0])  || (fd[1] == i && member[1]))
#define REMOVERS(i)   ((fd[0] == i && remover[0]) || (fd[1] == i && remover[1]))
#define SHARED_BY(i)  (shares[0] == i || shares[1] == i)
#define SHARED_NOT(i) ((shares[0] != 0 && shares[0] != i) || (shares[1] != 0 && shares[1] != i))
#else
#define OPENED(i)     (fd[0] == i || fd[1] == i || fd[2] == i)
#define MEMBERS(i)    ((fd[0] == i && member[0])  || (fd[1] == i && member[1])  || (fd[2] == i && member[2]))
#define REMOVERS(i)   ((fd[0] == i && remover[0]) || (fd[1] == i && remover[1]) || (fd[2] == i && remover[2]))
#define SHARED_BY(i)  (shares[0] == i || shares[1] == i || shares[2] == i)
#define SHARED_NOT(i) ((shares[0] != 0 && shares[0] != i) || (shares[1] != 0 && shares[1] != i) || \
                       (shares[2] != 0 && shares[2] != i))
#endif

/* One system call, or death just before it. */
#define STEP(...) \
	if \
	:: atomic { true; __VA_ARGS__ } \
	:: goto killed \
	fi

inline close_fd() { fd[me] = 0; member[me] = false; remover[me] = false; i = 0 }

/* from here on this process trusts the inode: all that believe to share the name share the inode */
inline share() {
	assert(whole[fd[me]]);
	assert(!SHARED_NOT(fd[me]));
	assert(name == fd[me]);
	shares[me] = fd[me]; i = 0
}

proctype process(byte me) {
	byte ops = OPS, i;
	bool ok;

next_op:
	atomic {
		if
		:: ops == 0 -> goto done
		:: ops > 0 -> ops--; goto open
		:: ops > 0 -> ops--; goto remove
		fi
	};

open:	/* open by name: attach, or create if there is no such name */
	STEP( i = name; fd[me] = i; if :: i == 0 -> goto create :: else fi );
#ifdef MUT_ATTACH_NO_LOCK
	goto check;
#endif
	/* attach: the member lock, refused while a remover holds the exclusive one */
	STEP(
		if
		:: REMOVERS(i) -> close_fd(); goto open
		:: else -> member[me] = true
		fi
	);
check:	/* does the name still refer to what we opened? */
#ifdef MUT_ATTACH_NO_CHECK
	STEP( share(); goto use );
#else
	STEP(
		if
		:: name != i -> close_fd(); goto open
		:: else -> share(); goto use
		fi
	);
#endif

create:	/* an unnamed file: nobody else can see it */
	STEP(
		i = 1;
		do
		:: i == name || OPENED(i) -> i++
		:: else -> break
		od;
		assert(i <= INODES);
		fd[me] = i; whole[i] = false
	);
#ifndef MUT_LINK_BEFORE_HEADER
	STEP( whole[i] = true );                     /* allocate, full header */
#endif
#ifndef MUT_LINK_BEFORE_LOCK
	STEP( member[me] = true );                   /* our own member lock, while nobody can contest it */
#endif
#ifdef MUT_LINK_REPLACE
	STEP( assert(!SHARED_NOT(i)); name = i; assert(whole[name]) );    /* rename over whatever is there */
#else
	STEP(                                        /* link under the name */
		if
		:: name != 0 -> close_fd(); goto open        /* EEXIST: attach instead */
		:: else -> name = i; assert(whole[name])     /* a named segment is whole */
		fi
	);
#endif
#ifdef MUT_LINK_BEFORE_HEADER
	STEP( whole[i] = true );
#endif
#ifdef MUT_LINK_BEFORE_LOCK
	STEP( share() );
	STEP( member[me] = true );
#else
	STEP( share() );
#endif

use:	/* a member, for as long as it likes */
	STEP( assert(name == fd[me] && shares[me] == fd[me]) );
	STEP( shares[me] = 0; close_fd() );          /* leave */
	goto next_op;

remove:
	STEP( i = name; fd[me] = i; if :: i == 0 -> goto next_op :: else fi );
	/* exclusive lock on the whole range: refused if any member, node or other remover holds a byte */
#ifndef MUT_REMOVE_NO_LOCK
	STEP(
		if
		:: MEMBERS(i) || REMOVERS(i) -> close_fd(); goto next_op
		:: else -> remover[me] = true
		fi
	);
#endif
#ifndef MUT_REMOVE_NO_CHECK
	STEP(
		if
		:: name != i -> close_fd(); goto next_op     /* somebody else removed it; what is there now is not ours */
		:: else
		fi
	);
#endif
	STEP(
		assert(name == i);                   /* unlink takes the inode that was checked … */
		assert(!SHARED_BY(name));            /* … and none that a live member holds */
		name = 0
	);
	STEP( close_fd() );                          /* release */
	goto next_op;

killed:	/* the kernel closes the descriptor; its locks vanish */
	atomic { shares[me] = 0; close_fd(); goto next_op };

done:
	skip
}

init {
	atomic {
		run process(0);
		run process(1);
#if PROCS >= 3
		run process(2);
#endif
	}
}
