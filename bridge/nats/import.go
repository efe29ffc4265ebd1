package bridge

import (
	"context"
	"errors"

	"github.com/orbitring/orbit/ring"
)

// importer publishes what arrives from one origin into the fleet, in order. One
// goroutine runs it. What it publishes and drops follows from the positions that
// the messages cover and from its place; see the package's comment.
type importer struct {
	b       *Bridge
	in      Import
	class   class
	subject string
	target  target
	memory  *checkpoint

	place   place
	records []record
	steps   []step
	owed    Gap // a gap that could not be published yet
}

// target is the ring that an importer publishes into.
type target interface {
	ring() *ring.Ring
	// frame publishes what a record holds, as the member that stands for this node
	// of the origin. An error says why it cannot be published here, ever.
	frame(node int, r *record) error
	// gap publishes a gap record, as the first node of the origin.
	gap(g Gap) error
	// exact says that every step is one frame, so that a later life can count them.
	// Where it is not, doing a step twice is no harm.
	exact() bool
}

// step is one frame that is to be published: a record's, or a gap's.
type step struct {
	record *record // nil: a gap
	gap    Gap
	until  uint64 // position of the origin behind it
}

func (im *importer) run(ctx context.Context) error {
	if err := im.recover(); err != nil {
		return err
	}
	if im.b.stream != nil {
		s := *im.b.stream
		return s.receive(ctx, im)
	}
	return core{nc: im.b.link.nc}.receive(ctx, im)
}

// recover goes on where an earlier life ended.
func (im *importer) recover() error {
	if !im.target.exact() {
		p, err := im.memory.before()
		im.place = p
		return err
	}
	p, from, doubt, err := im.memory.recover(im.target.ring(), im.in.Nodes)
	if err != nil {
		return err
	}
	if doubt > 0 {
		im.tell(Gap{First: from, Until: p.next, Lost: doubt, Cause: Restarted})
	}
	im.place = p
	return nil
}

// apply takes one message. seq is its number in the JetStream stream, or 0.
func (im *importer) apply(data []byte, seq uint64) {
	c := &im.b.count
	h, records, err := decode(data, im.records)
	im.records = records
	if err == nil && (h.class != im.class || string(h.host) != im.in.Host || string(h.fleet) != im.in.Fleet) {
		err = foreign("it is of %s/%s, %v", h.host, h.fleet, h.class)
	}
	if err != nil {
		im.b.refuse(err, im.subject)
		im.place.stream = max(im.place.stream, seq)
		return
	}
	im.b.heard(&h)
	if !im.meet(&h, seq) {
		c.duplicates.Add(uint64(len(records)))
		return
	}
	im.steps = im.steps[:0]
	next := im.place.next
	for i := range records {
		r := &records[i]
		switch {
		case r.until() <= next:
			c.duplicates.Add(1)
		case r.what == isGap:
			first := max(r.position, next)
			im.plan(step{gap: Gap{First: first, Until: r.until(), Lost: r.until() - first, Cause: Cause(r.op)}, until: r.until()})
		default:
			im.plan(step{record: r, until: r.until()})
		}
	}
	after := place{instance: h.instance, life: h.life, next: h.to, seq: h.seq, stream: max(im.place.stream, seq)}
	for i := range records {
		after.seq += records[i].weight()
	}
	im.commit(after)
	im.b.arrived(&h)
}

// refuse counts a message that is not for this bridge. Nothing of it is
// published.
func (b *Bridge) refuse(err error, subject string) {
	if errors.Is(err, errVersion) {
		b.count.versions.Add(1)
		b.onces.warn("version", "message refused", "subject", subject, "error", err)
		return
	}
	b.count.foreign.Add(1)
	b.onces.warn("foreign", "message refused", "subject", subject, "error", err)
}

// meet brings the place to where the message begins, telling what is missing in
// between. false: all that the message covers has come before.
func (im *importer) meet(h *header, seq uint64) bool {
	p := im.place
	at := place{instance: h.instance, life: h.life, next: h.from, seq: h.seq, stream: p.stream}
	switch {
	case p.instance == 0:
		im.place = at
	case h.instance != p.instance:
		im.miss(Gap{First: 0, Until: h.from, Lost: h.from, Cause: Replaced}, at)
	case h.from > p.next:
		lost := h.from - p.next
		if h.life == p.life {
			lost = min(lost, h.seq-p.seq)
		}
		if lost == 0 { // nothing that is exported was in between
			im.place = at
			break
		}
		im.miss(Gap{First: p.next, Until: h.from, Lost: lost, Cause: Network}, at)
	case h.to < p.next, h.to == p.next && h.from < h.to:
		im.place.stream = max(p.stream, seq)
		return false
	}
	return true
}

// miss publishes a gap that the positions show, as a step of its own: what is
// sent once more may have other borders, and a later life must find its place
// among them by positions alone.
func (im *importer) miss(g Gap, at place) {
	im.plan(step{gap: g, until: at.next})
	im.commit(at)
}

// plan takes a step to be published.
func (im *importer) plan(s step) {
	if len(im.steps) == maxSteps {
		at := im.place
		at.next, at.life = im.steps[maxSteps-1].until, 0
		im.commit(at)
	}
	im.steps = append(im.steps, s)
}

// commit publishes the steps that were planned and is at that place then.
func (im *importer) commit(after place) {
	steps := im.steps
	im.steps = im.steps[:0]
	if len(steps) == 0 {
		im.place = after
		return
	}
	if err := im.memory.intend(im.place, after, im.target.ring().Head(0), steps); err != nil {
		im.b.onces.warn("checkpoint "+err.Error(), "place not written down: a kill could lose or repeat events", "error", err)
	}
	whole := true
	for i := range steps {
		whole = im.publish(&steps[i]) && whole
	}
	im.place = after
	if !whole {
		// Fewer frames than steps: a later life must not count them.
		im.memory.intend(after, after, im.target.ring().Head(0), nil)
	}
}

// publish takes a step. false: it did not become a frame.
func (im *importer) publish(s *step) bool {
	if s.record == nil {
		return im.tell(s.gap)
	}
	r := s.record
	node, err := int(r.id.Node()), error(nil)
	if node >= im.in.Nodes.Count {
		err = &ConfigError{Field: "node of a remote frame", Value: r.id.String(), Rule: "its origin has only the nodes " + im.in.Nodes.String() + " here: widen Import.Nodes"}
	} else {
		err = im.target.frame(node, r)
	}
	if err != nil {
		im.b.count.refused.Add(1)
		im.b.onces.warn("refused by "+im.subject, "a frame cannot be published here", "id", r.id, "error", err)
		return im.tell(Gap{First: r.position, Until: r.position + 1, Lost: 1, Cause: Refused})
	}
	im.b.count.imported.Add(1)
	return true
}

// tell publishes a gap record. One that cannot be published is owed and goes
// out together with the next.
func (im *importer) tell(g Gap) bool {
	g.Host, g.Cache = im.in.Host, im.class == classCache
	if im.owed.Lost > 0 {
		g.First, g.Lost = min(g.First, im.owed.First), g.Lost+im.owed.Lost
		im.owed = Gap{}
	}
	if err := im.target.gap(g); err != nil {
		im.owed = g
		im.b.onces.warn("gap "+err.Error(), "a gap record cannot be published yet", "gap", g.String(), "error", err)
		return false
	}
	im.b.count.gaps.Add(1)
	im.b.count.missing.Add(g.Lost)
	im.b.onces.warn("gap of "+g.Host+": "+g.Cause.String(), "frames are missing, further gaps of this cause are only counted", "gap", g.String())
	return true
}
