package fleet

import (
	"iter"

	"github.com/orbitring/orbit/ring"
)

// Cursor reads the values of one type in order. One goroutine at a time may use
// it. It waits and counts losses as the ring.Cursor inside does.
type Cursor[T Kinder] struct {
	*ring.Cursor
	foreign uint64
}

// Next returns the next value. ok is false when there is none yet. A frame that
// is no T is passed and counted, see Foreign. ErrClosed after Close.
func (c *Cursor[T]) Next() (item Item[T], ok bool, err error) {
	for range foreignTries {
		f, ok, err := c.Cursor.Next(bytesOf(&item.Value))
		switch {
		case !ok:
			return Item[T]{}, false, err
		case item.label(f.ID, f.Version, f.Op, len(f.Payload)):
			return item, true, nil
		}
		c.foreign++
	}
	return Item[T]{}, false, nil
}

// foreignTries bounds the frames that one Next passes.
const foreignTries = 1024

// Foreign returns how many frames were passed because they are no T. Publishers
// that keep to this package make none.
func (c *Cursor[T]) Foreign() uint64 { return c.foreign }

// Items yields values until there is none yet or limit are delivered; limit ≤ 0
// means no limit.
func (c *Cursor[T]) Items(limit int) iter.Seq[Item[T]] {
	return func(yield func(Item[T]) bool) {
		for n := 0; limit <= 0 || n < limit; n++ {
			item, ok, _ := c.Next()
			if !ok || !yield(item) {
				return
			}
		}
	}
}
