package ring

import "context"

// Wait returns nil as soon as Next has something to deliver, ctx.Err() when ctx
// ends first, ErrClosed after Close. It spins, then yields; positions without a
// frame are passed and counted on the way.
func (c *Cursor) Wait(ctx context.Context) error {
	var b Backoff
	for {
		if c.need == closedNeed {
			return ErrClosed
		}
		budget := stepBudget
		for i := range c.lanes {
			if c.advance(&c.lanes[i], &budget) {
				return nil
			}
		}
		if b.rounds%16 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		b.Pause()
	}
}
