package contest

import (
	"errors"
	"fmt"
	"time"

	"github.com/orbitring/orbit/ring"
)

// Sentinels for errors.Is. Beside them come those of the fleet below.
var (
	// ErrSubject: a label that is empty or too long; *SubjectError.
	ErrSubject = errors.New("orbit: bad subject")
	// ErrOwner: an owner's label that is too long; *OwnerError.
	ErrOwner = errors.New("orbit: bad owner")
	// ErrTTL: a lease must last; *TTLError.
	ErrTTL = errors.New("orbit: bad lease time")
	// ErrFull: no seat is left for this subject; *FullError.
	ErrFull = errors.New("orbit: contest is full")
	// ErrLost: the lease is over, released or superseded; *LostError.
	ErrLost = errors.New("orbit: lease is lost")
	// ErrStale: a fence has admitted a larger token; *StaleError.
	ErrStale = errors.New("orbit: stale token")
	// ErrSpent: the table has handed out all its tokens; *SpentError.
	ErrSpent = errors.New("orbit: no tokens left")
	// ErrClock: the wall clock cannot begin the tokens of a table; *ClockError.
	ErrClock = errors.New("orbit: wall clock is not set")
	// ErrStore: a file that does not hold a token; *StoreError.
	ErrStore = errors.New("orbit: bad token file")
	// ErrCorrupt: the table contradicts itself. It is ring.ErrCorrupt.
	ErrCorrupt = ring.ErrCorrupt
)

// SubjectError names the label's length in bytes.
type SubjectError struct{ Size int }

func (e *SubjectError) Error() string {
	return fmt.Sprintf("%v: a label of %d bytes, must be 1 to %d", ErrSubject, e.Size, MaxLabel)
}
func (e *SubjectError) Unwrap() error { return ErrSubject }

// OwnerError names the owner label's length in bytes.
type OwnerError struct{ Size int }

func (e *OwnerError) Error() string {
	return fmt.Sprintf("%v: a label of %d bytes, must be at most %d", ErrOwner, e.Size, MaxOwner)
}
func (e *OwnerError) Unwrap() error { return ErrOwner }

// TTLError names the lease time that was asked for.
type TTLError struct{ TTL time.Duration }

func (e *TTLError) Error() string {
	return fmt.Sprintf("%v: %v, must be more than 0", ErrTTL, e.TTL)
}
func (e *TTLError) Unwrap() error { return ErrTTL }

// FullError names the subject, the records of the table, and how many of the
// subject's row are held.
type FullError struct {
	Subject Subject
	Seats   int
	Row     int
}

func (e *FullError) Error() string {
	return fmt.Sprintf("%v: no seat for %q of kind %d: all %d of its row are held (%d in the table): release some, or make the table larger (Options.Subjects)",
		ErrFull, e.Subject.Label, e.Subject.Kind, e.Row, e.Seats)
}
func (e *FullError) Unwrap() error { return ErrFull }

// LostError names the lease and who holds its subject now: nobody if that has no
// Token.
type LostError struct {
	Subject Subject
	Token   uint64
	Holder  Holder
}

func (e *LostError) Error() string {
	if e.Token == 0 {
		return fmt.Sprintf("%v: there was none, the claim had yielded", ErrLost)
	}
	who := "nobody holds it now: claim again"
	if e.Holder.Token != 0 {
		who = fmt.Sprintf("%q holds it now with token %d", e.Holder.Owner(), e.Holder.Token)
	}
	return fmt.Sprintf("%v: token %d on %q of kind %d: %s", ErrLost, e.Token, e.Subject.Label, e.Subject.Kind, who)
}
func (e *LostError) Unwrap() error { return ErrLost }

// StaleError names the token and the largest that was admitted.
type StaleError struct{ Token, High uint64 }

func (e *StaleError) Error() string {
	return fmt.Sprintf("%v: %d, after %d was admitted: its holder's lease is over", ErrStale, e.Token, e.High)
}
func (e *StaleError) Unwrap() error { return ErrStale }

// SpentError names the tokens that the table had.
type SpentError struct{ First, Ceiling uint64 }

func (e *SpentError) Error() string {
	return fmt.Sprintf("%v: the table had those from %d to %d: remove its segment, the next table begins behind them", ErrSpent, e.First, e.Ceiling-1)
}
func (e *SpentError) Unwrap() error { return ErrSpent }

// ClockError names the time that the wall clock shows.
type ClockError struct{ Now time.Time }

func (e *ClockError) Error() string {
	return fmt.Sprintf("%v: it says %s, so tokens could repeat: set it, or give Options.Tokens", ErrClock, e.Now.UTC().Format(time.DateTime))
}
func (e *ClockError) Unwrap() error { return ErrClock }

// StoreError names the file and what it holds instead of a token.
type StoreError struct {
	Path string
	Text string
}

func (e *StoreError) Error() string {
	return fmt.Sprintf("%v: %s holds %q instead of a number: restore it, or write a number into it that no token has reached", ErrStore, e.Path, e.Text)
}
func (e *StoreError) Unwrap() error { return ErrStore }

func (s Subject) check() error {
	if len(s.Label) < 1 || len(s.Label) > MaxLabel {
		return &SubjectError{Size: len(s.Label)}
	}
	return nil
}

func checkLease(owner string, ttl time.Duration) error {
	switch {
	case len(owner) > MaxOwner:
		return &OwnerError{Size: len(owner)}
	case ttl <= 0:
		return &TTLError{TTL: ttl}
	}
	return nil
}
