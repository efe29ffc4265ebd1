package cache

import (
	"errors"
	"fmt"
	"time"

	"github.com/orbitring/orbit/substrates/fleet"
)

// Sentinels for errors.Is. Beside them come fleet.ErrClosed, ring.ErrPayload for
// a value that does not fit beside its key, ring.ErrShortBuffer, and those of
// ring.Writer.Publish.
var (
	// ErrClosed: the fleet was closed.
	ErrClosed = fleet.ErrClosed
	// ErrKey: a key that is empty or too long; the detail is a *KeyError.
	ErrKey = errors.New("orbit: bad cache key")
	// ErrPrefix: a prefix that is too long to be reset; the detail is a
	// *PrefixError.
	ErrPrefix = errors.New("orbit: bad cache prefix")
	// ErrTTL: a time to live that is zero or negative; the detail is a *TTLError.
	ErrTTL = errors.New("orbit: bad time to live")
	// ErrContended: other members wrote entries of the same bucket faster than
	// every attempt. Nothing was stored; try again.
	ErrContended = errors.New("orbit: cache bucket was changed at every attempt: try again")
)

// KeyError names the length of the key, prefix included, and the limit, in bytes.
type KeyError struct{ Size, Limit int }

func (e *KeyError) Error() string {
	return fmt.Sprintf("%v: %d bytes with its prefix, must be 1 to %d and not empty behind the prefix", ErrKey, e.Size, e.Limit)
}
func (e *KeyError) Unwrap() error { return ErrKey }

// PrefixError names the length of the prefix and the limit, in bytes.
type PrefixError struct{ Size, Limit int }

func (e *PrefixError) Error() string {
	return fmt.Sprintf("%v: %d bytes, must be at most %d", ErrPrefix, e.Size, e.Limit)
}
func (e *PrefixError) Unwrap() error { return ErrPrefix }

// TTLError names the time to live that was asked for.
type TTLError struct{ TTL time.Duration }

func (e *TTLError) Error() string {
	return fmt.Sprintf("%v: %v, must be positive (cache.Forever for no end)", ErrTTL, e.TTL)
}
func (e *TTLError) Unwrap() error { return ErrTTL }
