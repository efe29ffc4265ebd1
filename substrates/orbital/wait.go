package orbital

import (
	"context"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Wait fills item with the latest value as soon as it is another one than item
// holds; the zero Item takes any. So a loop over Wait sees the changes, though
// not every value in between:
//
//	var price fleet.Item[Price]
//	for prices.Wait(ctx, &price) == nil {
//		show(price.Value)
//	}
//
// ctx.Err() when ctx ends first; then item is as it was. In a ring with several
// lanes it fails with fleet.ErrLanes: use WaitFrom. It may allocate.
func (o *Orbital[T]) Wait(ctx context.Context, item *fleet.Item[T]) error {
	return o.wait(ctx, item, o.values.ReadHead)
}

// WaitFrom is Wait for the latest value of a node. In a shared ring it wakes for
// the values of others too.
func (o *Orbital[T]) WaitFrom(ctx context.Context, node uint16, item *fleet.Item[T]) error {
	return o.wait(ctx, item, func(to *fleet.Item[T]) (bool, error) { return o.values.ReadHeadOf(node, to) })
}

// wakesALook is how many frames a waiter passes between two looks at the latest
// value.
const wakesALook = 64

func (o *Orbital[T]) wait(ctx context.Context, item *fleet.Item[T], latest func(*fleet.Item[T]) (bool, error)) error {
	c, err := o.values.Cursor(o.from(item.ID))
	if err != nil {
		return err
	}
	defer c.Close()
	var now, passed fleet.Item[T]
	for {
		ok, err := latest(&now)
		if err != nil {
			return err
		}
		if ok && now.ID != item.ID {
			*item = now
			return nil
		}
		if err := c.Wait(ctx); err != nil {
			return err
		}
		for range wakesALook {
			if ok, err := c.Next(&passed); err != nil {
				return err
			} else if !ok {
				break
			}
		}
	}
}

// from returns where the waiter's cursor begins: where nothing that is newer
// than after can lie before it. In a lane what is not committed yet lies at
// head; in a shared ring it may lie before, so there head would be too late.
func (o *Orbital[T]) from(after netid64.ID) ring.Start {
	r := o.values.Ring()
	switch {
	case r.Lanes() > 1:
		return ring.Now
	case after.IsZero():
		return ring.Oldest
	}
	// The id's position is the nearest one up to head with these low bits.
	head := r.Head(0)
	return ring.At(head - (head-after.Counter())&netid64.CounterMask + 1)
}
