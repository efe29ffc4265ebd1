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

// ringOp is the op of every measured frame, ringEnd of the one that follows a
// producer's last and wakes consumers that sleep.
const (
	ringOp  = 1
	ringEnd = 2
)

// newSegment creates the memory of one ring for s.
func newSegment(s Spec, lanes uint32) (*shm.Segment, error) {
	g := s.geometry()
	if g.Topology == layout.Lane {
		g.Lanes = lanes
	}
	return shm.Unnamed(layout.Identity{Kind: ringKind, Geometry: g}, shm.Options{})
}

// ringOut publishes, one frame a message, as a user would: the message is made,
// then published.
type ringOut struct {
	ring     *ring.Ring
	writer   *ring.Writer
	producer uint8
	msg      []byte
	batch    []ring.Message // not empty: published so many at a time
	lapped   uint64
	tax      tax  // nothing, but in a build that is meant to be slower
	wakes    bool // consumers may sleep: they are to be told the end
	bare     bool
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
	return &ringOut{
		ring: r, writer: w, producer: producer, msg: make([]byte, s.Payload), batch: newBatch(s),
		wakes: s.Wait != Looks, bare: s.Bare,
	}, nil
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
	if len(o.batch) > 0 {
		return o.putBatches(from, to)
	}
	msg, words := o.msg, wordsOf(o.msg)
	if taxed {
		o.tax.begin()
		defer o.tax.levy()
	}
	if o.bare {
		words = words[:1]
	}
	for seq := from; seq < to; seq++ {
		if len(msg)%8 == 0 {
			sealWords(words, nameOf(o.producer, seq))
		} else {
			seal(msg, o.producer, seq)
		}
		if _, err := o.writer.Publish(ringOp, seq, msg); err != nil {
			if err := o.again(ringOp, seq, msg, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// again publishes a message that was lapped while it was being published.
func (o *ringOut) again(op uint8, seq uint64, msg []byte, err error) error {
	for errors.Is(err, ring.ErrLapped) {
		o.lapped++
		_, err = o.writer.Publish(op, seq, msg)
	}
	return err
}

func (o *ringOut) retried() uint64 { return o.lapped }

func (o *ringOut) end() error {
	if !o.wakes {
		return nil
	}
	_, err := o.writer.Publish(ringEnd, 0, nil)
	return o.again(ringEnd, 0, nil, err)
}

func (o *ringOut) close() error { return errors.Join(o.writer.Close(), o.ring.Close()) }

// pollFrames is how many frames one poll takes at most.
const pollFrames = 64

// ringIn reads through a read-only mapping, unless it is to park.
type ringIn struct {
	ring    *ring.Ring
	cursor  *ring.Cursor
	frames  []ring.Frame
	payload int
	taken   uint64
	wrong   uint64
	bare    bool
	ends    int // frames of ringEnd that are still to come
}

func newRingIn(s Spec, f *os.File) (*ringIn, error) {
	r, err := attachRing(f, s.Wait != Auto && s.Wait != Park)
	if err != nil {
		return nil, err
	}
	c, err := r.Cursor(ring.At(0))
	if err != nil {
		r.Close()
		return nil, err
	}
	in := &ringIn{ring: r, cursor: c, frames: r.NewFrames(pollFrames), payload: s.Payload, bare: s.Bare}
	if s.Wait != Looks {
		c.SetWait(strategies[s.Wait])
		in.ends = s.Topology.Producers
	}
	return in, nil
}

var strategies = map[Wait]ring.Strategy{Auto: ring.Auto, Spin: ring.Spin, Yield: ring.Yield, Park: ring.Park}

func (i *ringIn) take(l *ledger, most int) (int, error) {
	asked := min(most, len(i.frames))
	n, _, err := i.cursor.Poll(i.frames[:asked])
	frames := i.frames[:n]
	if n > 0 && n < asked {
		// Caught up: let the producer get ahead a little, as a reader that is
		// after throughput does. Looking again at once takes its next line away.
		var b ring.Backoff
		b.Pause()
		b.Pause()
	}
	if len(l.next) == 1 && i.payload%8 == 0 && l.arrivals == nil {
		frames = frames[i.takeExpected(l, frames):]
	}
	for j := range frames {
		f := &frames[j]
		if f.Op == ringEnd {
			i.ends--
			continue
		}
		l.take(f.Payload)
		// The slot header is part of what must be whole.
		if len(f.Payload) != i.payload || f.Op != ringOp ||
			f.Version != wordsOf(f.Payload)[0]&sequenceMask {
			i.wrong++
		}
	}
	i.taken += uint64(n)
	return n, err
}

// takeExpected is take for the usual case, one producer and nothing amiss: it
// checks every word and the slot header of as many frames as are the next ones,
// in one loop, so that the check costs less than what it measures.
func (i *ringIn) takeExpected(l *ledger, frames []ring.Frame) int {
	first := l.next[0]
	seq := first
	for j := range frames {
		f := &frames[j]
		if len(f.Payload) != i.payload {
			break
		}
		words := wordsOf(f.Payload)
		w := seq * hashFactor
		wrong := words[0] ^ (seq | w&^nameMask) | f.Version ^ seq | uint64(f.Op^ringOp)
		w += step
		rest := words[1:]
		if i.bare {
			rest = nil
		}
		for len(rest) >= 3 {
			wrong |= (rest[0] ^ w) | (rest[1] ^ (w + step)) | (rest[2] ^ (w + twoSteps))
			w += threeSteps
			rest = rest[3:]
		}
		for _, got := range rest {
			wrong |= got ^ w
			w += step
		}
		if wrong != 0 {
			break
		}
		seq++
	}
	l.next[0] = seq
	l.counts.Delivered += seq - first
	return int(seq - first)
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
	if passed != i.taken+loss.Total() {
		return fmt.Errorf("cursor passed %d positions, but %d frames and %d losses came of them",
			passed, i.taken, loss.Total())
	}
	if passed > head || head-passed > uint64(max(i.ends, 0)) {
		return fmt.Errorf("cursor stands at %d positions, head at %d", passed, head)
	}
	return nil
}

func (i *ringIn) close() error { return errors.Join(i.cursor.Close(), i.ring.Close()) }
