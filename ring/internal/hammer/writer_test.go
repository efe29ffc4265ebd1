//go:build linux

package hammer

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"

	"github.com/orbitring/orbit/internal/proctest"
	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

const mostBatch = 16

// writerRole publishes until told to end. "hold" makes it answer "held" from
// inside a reservation and stay there until it hears something.
func writerRole(p *proctest.Parent, args []string) error {
	var o writerOrder
	if err := json.Unmarshal([]byte(args[0]), &o); err != nil {
		return err
	}
	h, err := newHammering(o)
	if err != nil {
		return err
	}
	p.Say("ready")
	for command, ok := p.Hear(); command != "end"; {
		if !ok {
			return nil // the test is gone
		}
		if command == "hold" {
			command, ok = h.hold(p)
			continue
		}
		for !p.Pending() {
			h.step()
			h.giveWay()
		}
		command, ok = p.Hear()
	}
	h.last()
	h.report.Stats = h.Stats()
	if h.report.Stats.Lost != h.report.Lost {
		h.problem("its writer counts %d lost, its caller %d", h.report.Stats.Lost, h.report.Lost)
	}
	if err := errors.Join(h.Writer.Close(), h.ring.Close()); err != nil {
		return err
	}
	p.Say("%s", order(h.report))
	return nil
}

func newHammering(o writerOrder) (*hammering, error) {
	region, err := shm.Attach(o.Name, shm.Options{})
	if err != nil {
		return nil, err
	}
	x, err := ring.Open(region)
	if err != nil {
		return nil, err
	}
	w, err := x.Writer(o.Node)
	if err != nil {
		return nil, err
	}
	h := &hammering{
		writerOrder: o, Writer: w, ring: x, region: region,
		sequence: o.Life << countBits,
		report:   writerReport{Node: o.Node, Life: o.Life},
		rng:      rand.NewPCG(o.Life, uint64(o.Node)),
		lengths:  lengths(x.PayloadCapacity()),
		capacity: x.Identity().Geometry.Capacity,
	}
	for i := range h.batch {
		h.spare[i] = make([]byte, x.PayloadCapacity())
	}
	return h, nil
}

type hammering struct {
	writerOrder
	*ring.Writer
	ring     *ring.Ring
	region   *shm.Segment
	sequence uint64
	report   writerReport
	rng      *rand.PCG
	lengths  []int
	batch    [mostBatch]ring.Message
	spare    [mostBatch][]byte
	steps    uint64
	capacity uint64
	yieldAt  uint64
	book     *book // of a soak, else nil
}

func (h *hammering) problem(format string, a ...any) {
	if h.book != nil {
		h.book.complain(format, a...)
	}
	if len(h.report.Problems) < 20 {
		h.report.Problems = append(h.report.Problems, fmt.Sprintf(format, a...))
	}
}

// giveWay lets readers keep up by yielding twice a lap, half of the time: the
// other half is for running them over. In a small ring there is nothing to keep
// up with.
func (h *hammering) giveWay() {
	if h.steps>>12&1 == 0 || h.capacity < 64 || h.sequence < h.yieldAt {
		return
	}
	h.yieldAt = h.sequence + h.capacity/2
	yield()
}

func yield() { syscall.RawSyscall(syscall.SYS_SCHED_YIELD, 0, 0, 0) }

// message composes the next frame.
func (h *hammering) message(i int, random uint64) {
	h.sequence++
	m := &h.batch[i]
	m.Payload = h.spare[i][:h.lengths[random%uint64(len(h.lengths))]]
	m.Op, m.Version = compose(m.Payload, h.writerOrder.Node, h.sequence)
}

func (h *hammering) step() {
	h.steps++
	random := h.rng.Uint64()
	switch kind := h.steps % 32; {
	case kind < 8:
		h.message(0, random)
		m := &h.batch[0]
		id, err := h.Publish(m.Op, m.Version, m.Payload)
		h.count(1, h.sequence, id, err)
		if h.Break != "" && h.steps%1024 == 1 {
			h.damage(id)
		}
	case kind == 8 || kind == 9:
		h.reserve(random, true)
	case kind == 10:
		h.reserve(random, false)
	default:
		n := 1 + int(random>>32%mostBatch)
		for i := range n {
			h.message(i, random>>i)
		}
		h.publishAll(h.batch[:n])
	}
	if h.Resets && h.steps%(1<<17) == 0 {
		h.report.Resets++
		if err := h.ring.Reset(); err != nil {
			h.problem("reset: %v", err)
		}
	}
}

func (h *hammering) publishAll(batch []ring.Message) {
	next := h.sequence - uint64(len(batch)) + 1
	for len(batch) > 0 {
		id, n, err := h.PublishBatch(batch)
		if h.refused(err) {
			return
		}
		if n < 1 || n > len(batch) {
			h.problem("a batch of %d says it published %d: %v", len(batch), n, err)
			return
		}
		h.count(n, next, id, err)
		batch, next = batch[n:], next+uint64(n)
	}
}

func (h *hammering) reserve(random uint64, commit bool) {
	res, err := h.Reserve(h.lengths[random%uint64(len(h.lengths))])
	if h.refused(err) {
		return
	}
	if err != nil {
		h.problem("reserve: %v", err)
		return
	}
	if !commit {
		compose(res.Payload(), h.writerOrder.Node, ^h.sequence)
		id := res.ID()
		res.Abort()
		h.report.Aborted++
		h.noteVoid(id, 0)
		return
	}
	h.sequence++
	op, version := compose(res.Payload(), h.writerOrder.Node, h.sequence)
	h.dwell(random)
	id := res.ID()
	h.count(1, h.sequence, id, res.Commit(op, version))
}

// hold fills half a reservation, waits for the next command there, and fills
// the rest.
func (h *hammering) hold(p *proctest.Parent) (command string, ok bool) {
	res, err := h.Reserve(h.ring.PayloadCapacity())
	if err != nil {
		h.problem("reserve: %v", err)
		p.Say("not held: %v", err)
		return p.Hear()
	}
	h.sequence++
	half := len(res.Payload()) / 2
	compose(res.Payload()[:half], h.writerOrder.Node, h.sequence)
	p.Say("held")
	command, ok = p.Hear()
	op, version := compose(res.Payload(), h.writerOrder.Node, h.sequence)
	id := res.ID()
	h.count(1, h.sequence, id, res.Commit(op, version))
	return command, ok
}

// last publishes the frame that closes the writer's book: a reservation aborted
// in a lane keeps its slot, with an older frame under it, until the next frame.
func (h *hammering) last() {
	h.message(0, 0)
	m := &h.batch[0]
	id, err := h.Publish(m.Op, m.Version, m.Payload)
	h.count(1, h.sequence, id, err)
}

// count books what became of n frames, the first with sequence number s.
func (h *hammering) count(n int, s uint64, id netid64.ID, err error) {
	if err == nil {
		h.report.Published += uint64(n)
		h.noteCommitted(n, s, id)
		return
	}
	if h.refused(err) {
		return
	}
	lapped, ok := err.(*ring.LappedError)
	if !ok || lapped.Lost < 1 || lapped.Lost > n || lapped.First < id || lapped.First >= id+netid64.ID(n) {
		h.problem("publishing %d from %v: %v", n, id, err)
		return
	}
	h.report.Lost += uint64(lapped.Lost)
	h.report.Published += uint64(n - lapped.Lost)
	first := uint64(lapped.First - id)
	h.noteCommitted(int(first), s, id)
	h.noteVoid(lapped.First, s+first)
	if h.book == nil && len(h.report.LostFirst) < lostRemembered {
		h.report.LostFirst = append(h.report.LostFirst, s+first)
	}
}

// damage breaks the order of sequence numbers, or the slot of a frame behind
// the ring's back.
func (h *hammering) damage(id netid64.ID) {
	if h.Break == "repeat" {
		h.sequence--
		return
	}
	breakSlot(h.region.Bytes(), h.ring.Identity().Geometry, id, h.Break)
}

func breakSlot(mem []byte, g layout.Geometry, id netid64.ID, what string) {
	lane := uint32(0)
	if g.Topology == layout.Lane {
		lane = uint32(id.Node())
	}
	slot := mem[g.SlotOffset(lane, id.Counter()):][:g.Stride]
	switch what {
	case "payload":
		slot[layout.SlotPayloadOffset+5]++
	case "length":
		slot[layout.LengthOffset] ^= 8
	case "version":
		slot[layout.VersionOffset+2]++
	case "op":
		slot[layout.OpOffset]++
	case "node":
		slot[layout.WordOffset] ^= 1
	}
}
