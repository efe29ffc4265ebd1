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
	item    Item[T] // of Items
}

// Next copies the next value into to. False: there is none yet, and to holds
// nothing of use. A frame that is no T is passed and counted, see Foreign.
// ErrClosed after Close.
func (c *Cursor[T]) Next(to *Item[T]) (bool, error) {
	for range foreignTries {
		f := ring.Frame{Payload: bytesOf(&to.Value)}
		if ok, err := c.Cursor.Next(&f); !ok {
			return false, err
		}
		if to.label(&f) {
			return true, nil
		}
		c.foreign++
	}
	return false, nil
}

// foreignTries bounds the frames that one Next passes.
const foreignTries = 1024

// Foreign returns how many frames were passed because they are no T. Publishers
// that keep to this package make none.
func (c *Cursor[T]) Foreign() uint64 { return c.foreign }

// Items yields values until there is none yet or limit are delivered; limit ≤ 0
// means no limit. It yields the same item each time: what is to be kept must be
// copied.
func (c *Cursor[T]) Items(limit int) iter.Seq[*Item[T]] {
	return func(yield func(*Item[T]) bool) {
		for n := 0; limit <= 0 || n < limit; n++ {
			if ok, _ := c.Next(&c.item); !ok || !yield(&c.item) {
				return
			}
		}
	}
}
