package bench

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// A conduit is a fresh transport for one sample: who gets which descriptors,
// and what is to be closed when the workers have them. Nothing of it has a
// name, so nothing can be left behind.
//
// A producer of a stream gets what it writes to, a consumer what it reads from;
// in a ping-pong each gets what it writes to, then what it reads from.
type conduit struct {
	hand   map[int][]*os.File // by slot
	closer []io.Closer
}

func (c *conduit) close() error {
	var errs []error
	for _, x := range c.closer {
		errs = append(errs, x.Close())
	}
	c.closer = nil
	return errors.Join(errs...)
}

func (c *conduit) give(slot int, files ...*os.File) {
	c.hand[slot] = append(c.hand[slot], files...)
}

// lay makes the conduit of a sample.
func lay(s Spec) (*conduit, error) {
	c := &conduit{hand: map[int][]*os.File{}}
	var err error
	switch {
	case s.Transport == Channel || s.Transport == Floor:
	case s.Transport.IsRing():
		err = c.layRings(s)
	default:
		err = c.layFiles(s)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *conduit) ring(s Spec, lanes int) (*os.File, error) {
	segment, err := newSegment(s, uint32(lanes))
	if err != nil {
		return nil, err
	}
	c.closer = append(c.closer, segment)
	return segment.File()
}

// layRings: one ring for a stream, one for each direction of a ping-pong.
func (c *conduit) layRings(s Spec) error {
	there, err := c.ring(s, s.Topology.Producers)
	if err != nil {
		return err
	}
	if s.Mode == PingPong {
		back, err := c.ring(s, 1)
		if err != nil {
			return err
		}
		c.give(producerSlot(0), there, back)
		c.give(consumerSlot(0), back, there)
		return nil
	}
	for i := range s.Topology.Producers {
		c.give(producerSlot(i), there)
	}
	for i := range s.Topology.Consumers {
		c.give(consumerSlot(i), there)
	}
	return nil
}

func (c *conduit) layFiles(s Spec) error {
	if s.Mode == PingPong {
		there, err := c.stream(s)
		if err != nil {
			return err
		}
		back, err := c.stream(s)
		if err != nil {
			return err
		}
		c.give(producerSlot(0), there.write, back.read)
		c.give(consumerSlot(0), back.write, there.read)
		return nil
	}
	for i := range s.Topology.Consumers {
		one, err := c.stream(s)
		if err != nil {
			return err
		}
		c.give(consumerSlot(i), one.read)
		for p := range s.Topology.Producers {
			c.give(producerSlot(p), one.write)
		}
	}
	return nil
}

type streamEnds struct{ read, write *os.File }

// stream makes what carries messages one way.
func (c *conduit) stream(spec Spec) (streamEnds, error) {
	var r, w int
	var err error
	switch spec.Transport {
	case Queue:
		return c.queue(spec)
	case TCP:
		return c.tcp()
	case Pipe:
		r, w, err = pipePair()
	case SeqPacket:
		r, w, err = socketPair(unix.SOCK_SEQPACKET)
	default:
		r, w, err = socketPair(unix.SOCK_STREAM)
	}
	if err != nil {
		return streamEnds{}, os.NewSyscallError(string(spec.Transport), err)
	}
	s := streamEnds{os.NewFile(uintptr(r), "read end"), os.NewFile(uintptr(w), "write end")}
	c.closer = append(c.closer, s.read, s.write)
	return s, nil
}
