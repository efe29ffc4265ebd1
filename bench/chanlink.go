package bench

import (
	"io"
	"sync/atomic"
)

// channels are the Go channels of an in-process run: one for each receiver. They
// carry slices of buffers that the sender uses again and again, so nothing is
// copied and nothing allocated.
type channels struct {
	to     []chan []byte // stream: by consumer; ping-pong: there, back
	sender atomic.Int32  // senders that have not ended
}

func newChannels(s Spec) *channels {
	c := &channels{}
	n := s.Topology.Consumers
	c.sender.Store(int32(s.Topology.Producers))
	if s.Mode == PingPong {
		n = 2
	}
	for range n {
		c.to = append(c.to, make(chan []byte, s.Capacity))
	}
	return c
}

// out and in give a seat its ends.
func (c *channels) out(s Spec, at seat) *chanOut {
	o := &chanOut{all: c, to: c.to, producer: uint8(at.Index)}
	if s.Mode == PingPong {
		o.to = c.to[:1]
		if at.Consumer {
			o.to, o.producer = c.to[1:], 1
		}
	}
	// A buffer is used again after capacity + 2 more messages: by then the
	// channel has had room for the one that follows it.
	for range s.Capacity + 2 {
		o.bufs = append(o.bufs, make([]byte, s.Payload))
	}
	return o
}

func (c *channels) in(s Spec, at seat) *chanIn {
	if s.Mode == PingPong && !at.Consumer {
		return &chanIn{c.to[1]}
	}
	return &chanIn{c.to[at.Index]}
}

type chanOut struct {
	all      *channels
	to       []chan []byte
	producer uint8
	bufs     [][]byte
	next     int
}

func (o *chanOut) put(from, to uint64) error {
	for seq := from; seq < to; seq++ {
		msg := o.bufs[o.next]
		if o.next++; o.next == len(o.bufs) {
			o.next = 0
		}
		seal(msg, o.producer, seq)
		for _, ch := range o.to {
			ch <- msg
		}
	}
	return nil
}

func (o *chanOut) retried() uint64 { return 0 }

func (o *chanOut) end() error {
	if o.all.sender.Add(-1) == 0 {
		for _, ch := range o.to {
			close(ch)
		}
	}
	return nil
}

func (o *chanOut) close() error { return nil }

type chanIn struct{ from chan []byte }

func (i *chanIn) take(l *ledger, most int) (int, error) {
	msg, ok := <-i.from
	if !ok {
		return 0, io.EOF
	}
	l.take(msg)
	for n := 1; n < most; n++ {
		select {
		case msg, ok := <-i.from:
			if !ok {
				return n, nil
			}
			l.take(msg)
		default:
			return n, nil
		}
	}
	return most, nil
}

func (i *chanIn) loss() (overwritten, unavailable uint64) { return 0, 0 }
func (i *chanIn) audit() error                            { return nil }
func (i *chanIn) close() error                            { return nil }
