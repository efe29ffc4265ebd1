package shm

import "os"

// The lock range of a segment's file, in bytes. It has nothing to do with the
// file's contents or size.
const (
	memberByte = 1 << 16        // behind node 65535
	lockRange  = memberByte + 1 // what a remover takes
)

// Holders are the live processes of a segment, as their locks tell.
type Holders struct {
	Nodes    []uint16 // nodes whose lock is held, ascending
	Members  bool     // some process is attached to read and write
	Removing bool     // a remover holds everything; then the others say nothing
}

// locks are one handle's share of the lock range, and own its descriptor: in
// one back end closing a descriptor drops locks of others. Not safe for
// concurrent use; Segment has the mutex. Every question and request is answered
// without waiting.
type locks interface {
	join() (bool, error)             // false: a remover is at work
	lockNode(uint16) (bool, error)   // false: held, by this handle or another
	unlockNode(uint16) (bool, error) // false: not held by this handle
	alive(uint16) (bool, error)      // held by anyone, this handle included
	claimAll() (bool, error)         // a remover's lock; false: someone holds a byte
	holders() (Holders, error)
	close(more ...*os.File) error // drops all locks, closes the descriptor and more
}

// lockError is a refusal of the system call itself, not of the lock.
type lockError struct{ err error }

func (e *lockError) Error() string { return "fcntl lock: " + e.err.Error() }
func (e *lockError) Unwrap() error { return e.err }
