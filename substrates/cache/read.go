package cache

import (
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/fleet"
)

// State says what the cache knows about a key.
type State uint8

const (
	// Unknown: nothing. It was never put, or so long ago that the ring has come
	// around.
	Unknown State = iota
	// Present: it has a value.
	Present
	// Deleted: the newest that is known of it is a Delete.
	Deleted
	// Expired: the newest that is known of it is a value whose time is over.
	Expired
	// WasReset: the newest that is known of it is a Reset of one of its prefixes.
	WasReset
)

func (s State) String() string {
	switch s {
	case Unknown:
		return "unknown"
	case Present:
		return "present"
	case Deleted:
		return "deleted"
	case Expired:
		return "expired"
	case WasReset:
		return "reset"
	}
	return "invalid"
}

// Entry is what Read finds. The caller owns it: Value holds until it is handed in
// again. The zero Entry is ready; it gets its buffer when first filled.
type Entry struct {
	Value []byte
	State State
	// Epoch is the place, in the order of all puts, deletes and resets, of the
	// one that decided: what Put, Delete and Reset return. Of an Unknown key it
	// is 0 and means nothing.
	Epoch uint64
	Node  uint16 // who did it
	// Expires is when Value ends or has ended, by the clock of fleet.Now; Forever
	// if it does not.
	Expires time.Duration

	buf []byte
}

// TTL returns how long the entry still has; 0 if it is over, Forever if it has no
// end.
func (e *Entry) TTL() time.Duration {
	switch {
	case e.State != Present && e.State != Expired:
		return 0
	case e.Expires == Forever:
		return Forever
	}
	return max(0, e.Expires-fleet.Now())
}

// Get returns the value of a key. False: it has none; Read says why. The value is
// a part of buf, which must have a capacity of BufferSize bytes; NewBuffer makes
// one. Errors: ErrKey, ring.ErrShortBuffer, ErrClosed. Nothing is allocated, and
// nothing that others see is stored.
func (c *Cache) Get(key string, buf []byte) (value []byte, ok bool, err error) {
	var e entry
	state, err := c.lookup(key, buf, &e)
	if state != Present {
		return nil, false, err
	}
	return e.valueIn(buf[:cap(buf)]), true, nil
}

// Read is Get for those who want to know all: it fills e, on a miss with what the
// cache knows about it, and says whether e has a value. Errors are ErrKey and
// ErrClosed. Nothing is allocated once e has a buffer.
func (c *Cache) Read(key string, e *Entry) (bool, error) {
	if cap(e.buf) < c.BufferSize() {
		e.buf = c.NewBuffer()
	}
	var found entry
	state, err := c.lookup(key, e.buf, &found)
	*e = Entry{State: state, buf: e.buf}
	if state == Unknown {
		return false, err
	}
	e.Epoch, e.Node, e.Expires = found.at, found.node, time.Duration(found.expires)
	if state == Present {
		e.Value = found.valueIn(e.buf[:cap(e.buf)])
	}
	return state == Present, nil
}

// lookup decides what the cache knows about a key, and copies that into buf.
func (c *Cache) lookup(key string, buf []byte, e *entry) (State, error) {
	if len(key) == 0 || len(c.prefix)+len(key) > MaxKey {
		return Unknown, &KeyError{Size: len(c.prefix) + len(key), Limit: MaxKey}
	}
	if cap(buf) < c.BufferSize() {
		return Unknown, &ring.BufferError{Size: cap(buf), Need: c.BufferSize()}
	}
	if c.prefix != "" {
		var whole [MaxKey]byte
		n := copy(whole[:], c.prefix)
		n += copy(whole[n:], key)
		return c.judge(borrow(whole[:n]), buf, e)
	}
	return c.judge(key, buf, e)
}

func (s *store) judge(key string, buf []byte, e *entry) (State, error) {
	if s.ring.Closed() {
		return Unknown, ErrClosed
	}
	hash := s.hash(key)
	state := Unknown
	if s.find(s.bucket(hash), hash, key, 0, buf[:cap(buf)], e) == found {
		state = s.stateOf(e)
	}
	if atomic.LoadUint64(s.lengths) != 0 {
		state = s.obeyResets(key, state, e)
	}
	s.counts.count(hash, state == Present)
	return state, nil
}

// stateOf is what a frame says about its key.
func (s *store) stateOf(e *entry) State {
	switch {
	case e.op == opDelete:
		return Deleted
	case e.op != opPut:
		return Unknown
	case over(e.expires):
		return Expired
	}
	return Present
}

// over says whether a time is over. Reading the clock is most of what a Get
// costs, so that is done for entries that have an end alone.
func over(expires int64) bool {
	return expires != int64(Forever) && expires <= int64(fleet.Now())
}

// obeyResets decides whether one of the key's prefixes was reset after the frame
// e, which decided for state so far, and then puts that reset in its place.
func (s *store) obeyResets(key string, state State, e *entry) State {
	least := uint64(0)
	if state != Unknown {
		least = e.at + 1
	}
	for lengths := atomic.LoadUint64(s.lengths); lengths != 0; lengths &= lengths - 1 {
		n := bits.TrailingZeros64(lengths)
		if n > len(key) {
			break
		}
		prefix := key[:n]
		hash := s.hash(prefix)
		word := s.resetBucket(hash)
		if atomic.LoadUint64(word) <= least { // the usual case: all older, or none
			continue
		}
		var buf [headSize + MaxPrefix]byte
		var r entry
		switch s.find(word, hash, prefix, least, buf[:], &r) {
		case found:
			if r.op == opReset {
				state, least = WasReset, r.at+1
				*e = entry{at: r.at, node: r.node}
			}
		case overwritten: // and the older e with it, unless the word is none of ours
			if atomic.LoadUint64(word) <= s.ring.Head(0) {
				state, *e = Unknown, entry{}
			}
		}
	}
	return state
}
