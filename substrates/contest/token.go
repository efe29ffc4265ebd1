package contest

import (
	"errors"
	"math"
	"sync/atomic"
	"time"
)

// Tokens of a table are first, first+1 … below the ceiling. Three words have them:
//
// first, ceiling: u64, initially 0; set once by whoever opens the table first,
// by compare-and-swap. ceiling is first + span.
//
// next: u64, initially 0, then first; from then on only added to.

// span is how many tokens a table has: at one in 200 ns, for 40 days of claiming
// without a pause. With a store every new table begins at least so much higher.
const span = 1 << 44

// clockBegin: a wall clock that shows an earlier time was never set.
var clockBegin = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// wallClock is the wall clock of new tables; tests have others.
var wallClock = time.Now

// beginTokens makes sure that the table has its tokens, and that the store has
// their ceiling. The store's number is that of all tables that ever used it. Two
// openers may raise it at once, and the lower number win; so each looks again
// when it is done, and so does every later opener.
func (t *Table) beginTokens(store Store) error {
	first := t.area.word(firstOffset)
	if atomic.LoadUint64(first) == 0 {
		begin, err := tokensAfter(store)
		if err != nil {
			return err
		}
		if err := raise(store, begin+span); err != nil {
			return err
		}
		atomic.CompareAndSwapUint64(first, 0, begin)
	}
	begin := atomic.LoadUint64(first)
	if err := raise(store, begin+span); err != nil {
		return err
	}
	atomic.CompareAndSwapUint64(t.area.word(nextOffset), 0, begin)
	return nil
}

// tokensAfter returns where the tokens of a new table begin.
func tokensAfter(store Store) (uint64, error) {
	wall := wallClock()
	set := wall.After(clockBegin)
	if store == nil {
		if !set {
			return 0, &ClockError{Now: wall}
		}
		return uint64(wall.UnixNano()), nil
	}
	high, err := store.Load()
	if set {
		high = max(high, uint64(wall.UnixNano()))
	}
	if high > math.MaxUint64-span {
		return 0, errors.Join(err, &SpentError{First: high, Ceiling: math.MaxUint64})
	}
	return max(high, 1), err
}

// raise makes sure that the store has at least this number.
func raise(store Store, to uint64) error {
	for store != nil {
		high, err := store.Load()
		if err != nil || high >= to {
			return err
		}
		if err := store.Save(to); err != nil {
			return err
		}
	}
	return nil
}

// takeToken hands out the next token. It is never handed out again.
func (t *Table) takeToken() (uint64, error) {
	begin := atomic.LoadUint64(t.area.word(firstOffset))
	token := atomic.AddUint64(t.area.word(nextOffset), 1) - 1
	if token < begin || token-begin >= span {
		return 0, &SpentError{First: begin, Ceiling: begin + span}
	}
	return token, nil
}
