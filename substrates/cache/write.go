package cache

import (
	"encoding/binary"
	"errors"
	"sync/atomic"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/fleet"
)

// attempts bounds how often a frame is published anew because somebody else
// changed its bucket meanwhile, or came around the whole ring. Each time somebody
// has made progress.
const attempts = 1024

// scratch is what writing needs room for.
type scratch struct {
	frame []byte // to be published
	other []byte // of another frame: expiry, links and key
	links [maxLinks]uint64
}

func makeScratch(size int) scratch {
	return scratch{frame: make([]byte, size), other: make([]byte, headSize+MaxKey)}
}

// Put stores the value of a key for ttl, which is positive; Forever for no end.
// It replaces what was there, and returns its place in the order of all puts,
// deletes and resets. A put that returns is seen by every Get that begins
// afterwards, in whatever process; one that is killed has happened or not. Of
// puts of a key at the same time one is the later for all. The goroutines of this
// process take turns. value is not kept. Errors: ErrKey, ErrTTL, ring.ErrPayload
// when key and value do not fit, ErrClosed, ErrContended, and those of
// ring.Writer.Publish; whenever there is one, nothing was stored. Nothing is
// allocated.
func (c *Cache) Put(key string, value []byte, ttl time.Duration) (epoch uint64, err error) {
	if ttl <= 0 {
		return 0, &TTLError{TTL: ttl}
	}
	if room := c.size - len(c.prefix) - len(key); len(value) > max(room, 0) {
		return 0, &ring.PayloadError{Size: len(value), Limit: max(room, 0)}
	}
	return c.change(opPut, key, value, ttl)
}

// Delete removes the value of a key, if it has one, and returns its place as Put
// does. It takes a slot like a put. Errors are those of Put.
func (c *Cache) Delete(key string) (epoch uint64, err error) {
	return c.change(opDelete, key, nil, Forever)
}

// Reset removes all keys that begin with prefix, and returns its place as Put
// does: of puts at the same time those remain whose place is behind it. An empty
// prefix means all keys of c. It takes one slot, however many keys there are.
// Each length of prefix that is reset, once or often, costs every Get of a longer
// key a few nanoseconds from then on. Errors: ErrPrefix, and those of Put.
func (c *Cache) Reset(prefix string) (epoch uint64, err error) {
	return c.change(opReset, prefix, nil, Forever)
}

// change checks a key, puts prefix and key together, and does op to that.
func (c *Cache) change(op uint8, key string, value []byte, ttl time.Duration) (uint64, error) {
	n := len(c.prefix) + len(key)
	switch {
	case op == opReset && n > MaxPrefix:
		return 0, &PrefixError{Size: n, Limit: MaxPrefix}
	case op != opReset && (len(key) == 0 || n > MaxKey):
		return 0, &KeyError{Size: n, Limit: MaxKey}
	case n > c.size:
		return 0, &ring.PayloadError{Size: n, Limit: c.size}
	}
	if c.prefix != "" {
		var whole [MaxKey]byte
		copy(whole[copy(whole[:], c.prefix):], key)
		key = borrow(whole[:n])
		return c.publish(op, key, value, ttl)
	}
	return c.publish(op, key, value, ttl)
}

// publish publishes a frame and makes its bucket's word name it.
func (s *store) publish(op uint8, key string, value []byte, ttl time.Duration) (epoch uint64, err error) {
	if s.ring.Closed() {
		return 0, ErrClosed
	}
	hash := s.hash(key)
	word := s.bucket(hash)
	if op == opReset {
		// Before the frame: whoever finds it in the index must know its length.
		word = s.resetBucket(hash)
		atomic.OrUint64(s.lengths, 1<<len(key))
	}
	expires := deadline(ttl)
	err = s.family.Do(func(w *ring.Writer) error {
		for range attempts {
			seen := atomic.LoadUint64(word)
			links := s.gather(hash, key, seen)
			frame := s.compose(expires, links, key, value)
			victim, evicts := s.victim(hash)
			id, err := w.Publish(op, describe(hash, len(links), len(key)), frame)
			if errors.Is(err, ring.ErrLapped) {
				continue
			}
			if err != nil {
				return err
			}
			// Only now: the index names committed frames alone. If this succeeds
			// the frame is in the cache. If not, somebody else's came in between
			// that this one's links do not know: it stays out, and nobody finds it.
			p, _ := s.ring.Position(id)
			if atomic.CompareAndSwapUint64(word, seen, p+1) {
				epoch = p
				s.counts.wrote(op, evicts && victim+s.slots == p)
				return nil
			}
		}
		return ErrContended
	})
	return epoch, err
}

// deadline returns when what begins now and lasts ttl is over.
func deadline(ttl time.Duration) time.Duration {
	if ttl == Forever {
		return Forever
	}
	now := fleet.Now()
	return now + min(ttl, Forever-now)
}

// compose puts a frame together.
func (s *store) compose(expires time.Duration, links []uint64, key string, value []byte) []byte {
	b := s.work.frame
	binary.LittleEndian.PutUint64(b, uint64(expires))
	n := fixed
	for _, link := range links {
		binary.LittleEndian.PutUint64(b[n:], link)
		n += 8
	}
	n += copy(b[n:], key)
	n += copy(b[n:], value)
	return b[:n]
}

// gather makes the links of a new frame for key, seen being its bucket's word: to
// the newest frame there and to those that it links to, but for frames of the
// same key, which the new one replaces, and those that are overwritten. So keys
// that are put again and again do not make a bucket longer. The keys that a frame
// links to differ, from each other and from its own: so at most one link goes for
// the one that comes, and a list that was full, behind whose end there may be
// more, stays full.
func (s *store) gather(hash uint64, key string, seen uint64) []uint64 {
	links := s.work.links[:0]
	var h head
	if seen == 0 || !s.glance(seen-1, &h) { // overwritten, and all behind it
		return links
	}
	if !sameHash(h.version, hash) || !s.replaces(key, h.at) {
		links = append(links, linkTo(h.at, tag(h.version)))
	}
	top := s.ring.Head(0)
	oldest := top - min(top, s.slots)
	for i := range h.links {
		p, ok := s.target(h.at, h.link[i])
		if !ok || p < oldest || len(links) == maxLinks {
			break
		}
		if uint32(h.link[i]>>32) != tag(hash) || !s.replaces(key, p) {
			links = append(links, h.link[i])
		}
	}
	return links
}

// replaces says that no link to the frame at position p is needed beside a new one
// of key: it has the same key, or is not there any more.
func (s *store) replaces(key string, p uint64) bool {
	var e entry
	return !s.read(p, s.work.other, &e) || string(e.keyIn(s.work.other)) == key
}

// victim returns the position that the next frame overwrites, unless others come
// first, and whether a value goes with it that is still in the cache and not the
// one that a key with this hash replaces.
func (s *store) victim(hash uint64) (p uint64, evicts bool) {
	top := s.ring.Head(0)
	if top < s.slots {
		return 0, false
	}
	p = top - s.slots
	var h head
	if !s.glance(p, &h) || h.op != opPut || sameHash(h.version, hash) || !s.reaches(s.bucket(h.version), p) || over(h.expires) {
		return p, false
	}
	if atomic.LoadUint64(s.lengths) == 0 {
		return p, true
	}
	e := entry{at: p}
	if !s.read(p, s.work.other, &e) {
		return p, false
	}
	return p, s.obeyResets(borrow(e.keyIn(s.work.other)), Present, &e) == Present
}

// reaches says whether the index leads from a bucket's word to position p.
func (s *store) reaches(word *uint64, p uint64) bool {
	next := atomic.LoadUint64(word)
	if next == 0 {
		return false
	}
	next--
	var h head
	for range maxHops {
		if next <= p || !s.glance(next, &h) {
			return next == p
		}
		for i := range h.links {
			q, ok := s.target(h.at, h.link[i])
			if !ok || q <= p {
				return ok && q == p
			}
			next = q
		}
		if h.links < maxLinks {
			return false
		}
	}
	return false
}
