package bench

import "fmt"

// Counts is what became of the messages of a sample, seen by consumers. A
// message that several consumers received counts once for each.
type Counts struct {
	Delivered   uint64 // whole, in order, once
	Overwritten uint64 // the ring said: lapped
	Unavailable uint64 // the ring said: its writer died or stalled
	Missing     uint64 // sent and never seen, by this harness's own count
	Duplicate   uint64
	Reordered   uint64
	Corrupt     uint64
}

func (c *Counts) add(o Counts) {
	c.Delivered += o.Delivered
	c.Overwritten += o.Overwritten
	c.Unavailable += o.Unavailable
	c.Missing += o.Missing
	c.Duplicate += o.Duplicate
	c.Reordered += o.Reordered
	c.Corrupt += o.Corrupt
}

// A ledger is one consumer's account of what it received. It belongs to one
// goroutine. For every producer it expects 0, 1, 2 …; what is skipped is kept
// as a gap, so that a late message can be told from a repeated one.
type ledger struct {
	next   []uint64 // by producer: the sequence expected next
	gaps   []gap
	counts Counts

	// forgetful: messages are expected to get lost, too many to keep the gaps.
	// What comes late then counts as a duplicate, which is as wrong.
	forgetful bool
	skipped   uint64

	arrivals *arrivals // nil: nobody asks when messages came
}

type gap struct {
	producer int
	from, to uint64 // from … to-1 were skipped
}

// maxGaps bounds the memory of a run that is failing anyway.
const maxGaps = 1 << 12

func newLedger(producers int) *ledger { return &ledger{next: make([]uint64, producers)} }

// take accounts for one received message.
func (l *ledger) take(msg []byte) {
	if l.arrivals != nil {
		l.takeTimed(msg)
		return
	}
	l.enter(unseal(msg))
}

// takeTimed is take, with the moment noted before the message is looked at.
func (l *ledger) takeTimed(msg []byte) {
	a := l.arrivals
	a.last = a.clock.seen()
	producer, seq, ok := unseal(msg)
	if ok && int(producer) < len(l.next) {
		a.at(a.last, int(producer), seq)
	}
	l.enter(producer, seq, ok)
}

func (l *ledger) enter(producer uint8, seq uint64, ok bool) {
	if ok && int(producer) < len(l.next) && l.next[producer] == seq {
		l.next[producer]++
		l.counts.Delivered++
		return
	}
	l.odd(int(producer), seq, ok)
}

// odd accounts for a message that is not the expected one.
func (l *ledger) odd(producer int, seq uint64, ok bool) {
	switch {
	case !ok || producer >= len(l.next):
		l.counts.Corrupt++
	case seq > l.next[producer] && l.forgetful:
		l.skipped += seq - l.next[producer]
		l.next[producer] = seq + 1
		l.counts.Delivered++
	case seq > l.next[producer]:
		if len(l.gaps) == maxGaps {
			l.counts.Corrupt++ // beyond accounting: fail the sample
			return
		}
		l.gaps = append(l.gaps, gap{producer, l.next[producer], seq})
		l.next[producer] = seq + 1
		l.counts.Delivered++
	case l.fill(producer, seq):
		l.counts.Reordered++
	default:
		l.counts.Duplicate++
	}
}

// fill takes seq out of the gap it lies in; false: it was never skipped.
func (l *ledger) fill(producer int, seq uint64) bool {
	for i, g := range l.gaps {
		if g.producer != producer || seq < g.from || seq >= g.to {
			continue
		}
		l.gaps[i].to = seq
		if seq+1 < g.to {
			l.gaps = append(l.gaps, gap{producer, seq + 1, g.to})
		}
		return true
	}
	return false
}

// reached says whether everything up to the given sequences was received or
// skipped; an unknown target is one that no sequence reaches.
func (l *ledger) reached(target []uint64) bool {
	for p, t := range target {
		if l.next[p] < t {
			return false
		}
	}
	return true
}

// close ends the account: sent is what each producer says it sent, from the
// beginning; overwritten and unavailable are the transport's own loss counts.
func (l *ledger) close(sent []uint64, overwritten, unavailable uint64) Counts {
	c := l.counts
	c.Missing += l.skipped
	c.Overwritten, c.Unavailable = overwritten, unavailable
	for p, n := range sent {
		if n > l.next[p] {
			c.Missing += n - l.next[p]
		}
	}
	for _, g := range l.gaps {
		c.Missing += g.to - g.from
	}
	return c
}

// verdict says why counts condemn a sample of sent messages, "" when they do
// not. Loss that the transport reports is no fault; loss it does not report is.
func (c Counts) verdict(sent uint64) string {
	switch {
	case c.Corrupt > 0:
		return fmt.Sprintf("%d corrupt or torn messages", c.Corrupt)
	case c.Duplicate > 0:
		return fmt.Sprintf("%d duplicate messages", c.Duplicate)
	case c.Reordered > 0:
		return fmt.Sprintf("%d messages out of order", c.Reordered)
	case c.Missing > c.Overwritten+c.Unavailable:
		return fmt.Sprintf("%d messages missing, but only %d overwritten and %d unavailable reported",
			c.Missing, c.Overwritten, c.Unavailable)
	case c.Delivered+c.Missing != sent:
		return fmt.Sprintf("%d delivered + %d missing is not the %d sent", c.Delivered, c.Missing, sent)
	}
	return ""
}
