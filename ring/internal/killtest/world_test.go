//go:build linux && amd64 && !race

package killtest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

const (
	kind    = 7
	another = 1 // the node that goes on publishing
	blocker = 2 // the node that is inside a slot before the child comes
	victim  = 3 // the child's node
	lanes   = 4
)

// Sequence numbers of the victim's frames, by who writes them.
const (
	seqBefore = 1
	seqChild  = 1000
	seqEncore = 2000
	seqRejoin = 3000
)

// world is one segment with everybody in it but the child. Each handle is an
// open file description of its own, so the kernel tells them apart as it would
// tell processes apart.
type world struct {
	scenario
	base   *shm.Segment // the segment's first handle: memory only
	id     layout.Identity
	reader *ring.Ring // observes, read-only
	other  *ring.Ring // another
	inside *ring.Ring // blocker
	again  *ring.Ring // victim, before and after the child

	full bool // a full ring has been seen to refuse

	// Of one run.
	late    bool // cursors could not keep up
	author  *author
	block   *ring.Writer
	blocked *ring.Reservation // the blocker's, while it lives
	frames  map[uint64]uint64 // version to position of what was published for certain
	seen    map[uint64]uint64 // version to position of what any cursor was given
	open    map[uint64]bool   // versions that the child may publish
	tail    *tally            // a cursor that reads whenever there may be something
	lazy    *tally            // one from the same place that reads only at the end
}

func newWorld(s scenario) (*world, error) {
	g := layout.Geometry{Topology: s.topology, Lanes: 1, Capacity: s.capacity, Payload: uint32(slices.Max(s.Sizes))}
	if s.topology == layout.Lane {
		g.Lanes = lanes
	}
	base, err := shm.Unnamed(layout.Identity{Kind: kind, Geometry: g}, shm.Options{})
	if err != nil {
		return nil, err
	}
	x := &world{scenario: s, base: base, id: base.Identity(), open: map[uint64]bool{}}
	for _, h := range []struct {
		to       **ring.Ring
		readOnly bool
	}{{&x.reader, true}, {&x.other, false}, {&x.inside, false}, {&x.again, false}} {
		if *h.to, err = x.attach(h.readOnly); err != nil {
			return nil, errors.Join(err, x.close())
		}
	}
	for i, size := range s.Sizes {
		x.open[versionOf(victim, size, seqChild+uint32(i))] = true
	}
	x.open[encore(s.task)] = true
	return x, nil
}

func (x *world) attach(readOnly bool) (*ring.Ring, error) {
	f, err := x.base.File()
	if err != nil {
		return nil, err
	}
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	s, err := shm.AttachFile(os.NewFile(uintptr(fd), "handed over"), readOnly)
	if err != nil {
		return nil, err
	}
	return ring.Open(s)
}

func (x *world) close() error {
	err := x.calm()
	for _, r := range []*ring.Ring{x.reader, x.other, x.inside, x.again} {
		if r != nil {
			err = errors.Join(err, r.Close())
		}
	}
	return errors.Join(err, x.base.Close())
}

// calm ends the writers and cursors of the last run.
func (x *world) calm() (err error) {
	if x.author != nil {
		err = x.author.w.Close()
	}
	if x.block != nil {
		err = errors.Join(err, x.block.Close())
	}
	for _, t := range []*tally{x.tail, x.lazy} {
		if t != nil {
			err = errors.Join(err, t.cur.Close())
		}
	}
	x.author, x.block, x.blocked, x.tail, x.lazy = nil, nil, nil, nil, nil
	return err
}

// set makes the segment as it was when it was new, lets the scenario prepare it
// and starts the cursors.
func (x *world) set() (err error) {
	if err = x.calm(); err != nil {
		return err
	}
	x.late = false
	clear(x.base.Bytes()[layout.IdentitySize:])
	x.frames, x.seen = map[uint64]uint64{}, map[uint64]uint64{}
	if x.author, err = x.writer(x.other, another, 1); err != nil {
		return err
	}
	if err = x.prepare(x); err != nil {
		return err
	}
	return x.watch(ring.Oldest)
}

// ready is for when the child has set itself up.
func (x *world) ready() error {
	if x.lapFirst {
		return x.laps(2)
	}
	return nil
}

// watch starts the cursors; what they lose from here on is counted.
func (x *world) watch(from ring.Start) (err error) {
	if x.tail, err = x.follow("tail", from); err != nil {
		return err
	}
	if err = x.tail.poll(); err != nil {
		return err
	}
	x.tail.tracks()
	if x.lazy, err = x.follow("lazy", from); err != nil {
		return err
	}
	return nil
}

// moment is what a segment and its accounts are at one time.
type moment struct {
	image        []byte
	frames, seen map[uint64]uint64
	blocked      *ring.Reservation
}

func (x *world) moment() moment {
	m := moment{bytes.Clone(x.base.Bytes()), maps.Clone(x.frames), maps.Clone(x.seen), nil}
	if x.blocked != nil {
		r := *x.blocked
		m.blocked = &r
	}
	return m
}

// restore makes everything as it was at a moment, so that another future of it
// can be seen: a dead process has left nothing outside the memory.
func (x *world) restore(m moment) (err error) {
	if err = errors.Join(x.author.w.Close(), x.tail.cur.Close(), x.lazy.cur.Close()); err != nil {
		return err
	}
	copy(x.base.Bytes(), m.image)
	x.frames, x.seen, x.blocked = m.frames, m.seen, m.blocked
	if x.author, err = x.writer(x.other, another, x.author.seq+1000); err != nil {
		return err
	}
	if x.tail, err = x.follow("tail", ring.Oldest); err == nil {
		x.lazy, err = x.follow("lazy", ring.Oldest)
	}
	return err
}

// author is a writer that keeps account of what it published.
type author struct {
	w    *ring.Writer
	x    *world
	node uint16
	seq  uint32
}

func (x *world) writer(r *ring.Ring, node uint16, seq uint32) (*author, error) {
	w, err := r.Writer(node)
	if err != nil {
		return nil, err
	}
	return &author{w: w, x: x, node: node, seq: seq}, nil
}

func (a *author) publish() (position uint64, err error) {
	size := a.x.Sizes[int(a.seq)%len(a.x.Sizes)]
	m := messageOf(versionOf(a.node, size, a.seq))
	a.seq++
	id, err := a.w.Publish(m.Op, m.Version, m.Payload)
	if err != nil {
		return 0, fmt.Errorf("node %d cannot publish: %w", a.node, err)
	}
	a.x.frames[m.Version] = id.Counter()
	return id.Counter(), nil
}

// publish writes n frames, and the tail reads after each.
func (a *author) publishRead(n int) error {
	for range n {
		if _, err := a.publish(); err != nil {
			return err
		}
		if a.x.tail != nil {
			if err := a.x.tail.poll(); err != nil {
				return err
			}
		}
	}
	return nil
}

// laps lets another publish n laps and a frame, the tail reading after each.
func (x *world) laps(n int) error { return x.author.publishRead(n*int(x.capacity) + 1) }

// lane is where the victim publishes.
func (x *world) lane() uint32 {
	if x.topology == layout.Lane {
		return victim
	}
	return 0
}

func (x *world) head() uint64 {
	return binary.LittleEndian.Uint64(x.base.Bytes()[x.id.Geometry.HeadOffset(x.lane()):])
}

func (x *world) setHead(p uint64) {
	binary.LittleEndian.PutUint64(x.base.Bytes()[x.id.Geometry.HeadOffset(x.lane()):], p)
}

// word returns the word in the slot of a position.
func (x *world) word(p uint64) layout.Word {
	return layout.Word(binary.LittleEndian.Uint64(x.base.Bytes()[x.id.Geometry.SlotOffset(x.lane(), p):]))
}

func (x *world) setWord(p uint64, w layout.Word) {
	binary.LittleEndian.PutUint64(x.base.Bytes()[x.id.Geometry.SlotOffset(x.lane(), p):], uint64(w))
}

// words yields every slot's word with the position that it names.
func (x *world) words(yield func(p uint64, w layout.Word) bool) {
	for slot := range x.capacity {
		w := x.word(slot)
		if w.Lap() > 0 && !yield((w.Lap()-1)*x.capacity+slot, w) {
			return
		}
	}
}

func inside(w layout.Word) bool { return w.State() == layout.Writing || w.State() == layout.Stalled }

// crowded says that live writers are inside every slot: there is no place to
// publish a frame to until one of them goes on.
func (x *world) crowded() bool {
	n := uint64(0)
	for _, w := range x.words {
		if alive, err := x.base.Alive(w.Node()); inside(w) && (alive || err != nil) {
			n++
		}
	}
	return n == x.capacity
}

func idOf(version, position uint64) netid64.ID {
	return netid64.Make(kind, uint16(version>>48), position)
}
