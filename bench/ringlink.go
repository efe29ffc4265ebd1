package bench

import (
	"errors"
	"fmt"
	"os"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// ringKind is the kind of the rings that are measured; any user kind would do.
const ringKind = 1

// ringOp is the op of every measured frame.
const ringOp = 1

// madeAhead is how many messages are made before they are published. One is
// measurably slower, more than 8 too; a power of two.
const madeAhead = 4

// newSegment creates the memory of one ring for s.
func newSegment(s Spec, lanes uint32) (*shm.Segment, error) {
	g := s.geometry()
	if g.Topology == layout.Lane {
		g.Lanes = lanes
	}
	return shm.Unnamed(layout.Identity{Kind: ringKind, Geometry: g}, shm.Options{})
}

// ringOut publishes, one frame a message, as a user would. Messages are made a
// few ahead: right after it was stored word by word, a message cannot be loaded
// in larger pieces before its stores have left the store buffer, which they do
// behind those of the last frame; that would be the harness's time, not the
// ring's.
type ringOut struct {
	ring     *ring.Ring
	writer   *ring.Writer
	producer uint8
	msgs     [][]byte // message n in msgs[n mod madeAhead]
	made     uint64   // messages below it are made
	lapped   uint64
}

func newRingOut(s Spec, producer uint8, node uint16, f *os.File) (*ringOut, error) {
	r, err := attachRing(f, false)
	if err != nil {
		return nil, err
	}
	w, err := r.Writer(node)
	if err != nil {
		r.Close()
		return nil, err
	}
	o := &ringOut{ring: r, writer: w, producer: producer}
	for range madeAhead {
		o.msgs = append(o.msgs, make([]byte, s.Payload))
	}
	return o, nil
}

func attachRing(f *os.File, readOnly bool) (*ring.Ring, error) {
	segment, err := shm.AttachFile(f, readOnly)
	if err != nil {
		return nil, err
	}
	r, err := ring.Open(segment)
	if err != nil {
		segment.Close()
	}
	return r, err
}

func (o *ringOut) put(from, to uint64) error {
	for seq := from; seq < to; seq++ {
		for ; o.made < seq+madeAhead; o.made++ {
			seal(o.msgs[o.made%madeAhead], o.producer, o.made)
		}
		msg := o.msgs[seq%madeAhead]
		if _, err := o.writer.Publish(ringOp, seq, msg); err != nil {
			if err := o.again(seq, msg, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// again publishes a message that was lapped while it was being published.
func (o *ringOut) again(seq uint64, msg []byte, err error) error {
	for errors.Is(err, ring.ErrLapped) {
		o.lapped++
		_, err = o.writer.Publish(ringOp, seq, msg)
	}
	return err
}

func (o *ringOut) retried() uint64 { return o.lapped }
func (o *ringOut) end() error      { return nil }
func (o *ringOut) close() error    { return errors.Join(o.writer.Close(), o.ring.Close()) }

// ringIn reads through a read-only mapping.
type ringIn struct {
	ring    *ring.Ring
	cursor  *ring.Cursor
	frame   ring.Frame
	payload int
	frames  uint64
	wrong   uint64
}

func newRingIn(s Spec, f *os.File) (*ringIn, error) {
	r, err := attachRing(f, true)
	if err != nil {
		return nil, err
	}
	c, err := r.Cursor(ring.At(0))
	if err != nil {
		r.Close()
		return nil, err
	}
	return &ringIn{ring: r, cursor: c, frame: r.NewFrame(), payload: s.Payload}, nil
}

func (i *ringIn) take(l *ledger, most int) (int, error) {
	n := 0
	for ; n < most; n++ {
		f := &i.frame
		ok, err := i.cursor.Next(f)
		if err != nil {
			return n, err
		}
		if !ok {
			break
		}
		l.take(f.Payload)
		// The slot header is part of what must be whole.
		if len(f.Payload) != i.payload || f.Op != ringOp ||
			f.Version != wordsOf(f.Payload)[0]&sequenceMask {
			i.wrong++
		}
	}
	i.frames += uint64(n)
	return n, nil
}

func (i *ringIn) loss() (overwritten, unavailable uint64) {
	loss := i.cursor.Loss()
	return loss.Overwritten, loss.Unavailable
}

// audit checks the ring's account against its positions: all that the cursor
// passed was delivered or counted as lost, and it is where the writers ended.
func (i *ringIn) audit() error {
	if i.wrong > 0 {
		return fmt.Errorf("%d frames with a header that is not theirs", i.wrong)
	}
	var passed, head uint64
	for lane := range i.ring.Lanes() {
		passed += i.cursor.Position(lane)
		head += i.ring.Head(lane)
	}
	loss := i.cursor.Loss()
	if loss.Reset != 0 {
		return fmt.Errorf("%d frames reset away, and nobody did", loss.Reset)
	}
	if passed != i.frames+loss.Total() {
		return fmt.Errorf("cursor passed %d positions, but %d frames and %d losses came of them",
			passed, i.frames, loss.Total())
	}
	if passed != head {
		return fmt.Errorf("cursor stands at %d positions, head at %d", passed, head)
	}
	return nil
}

func (i *ringIn) close() error { return errors.Join(i.cursor.Close(), i.ring.Close()) }
