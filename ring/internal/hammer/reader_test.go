//go:build linux

package hammer

import (
	"encoding/json"
	"math/rand/v2"

	"github.com/orbitring/orbit/internal/proctest"
	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// readerRole checks everything that it gets, in the style it was told, until
// it hears "end"; then the rest. After its report it answers which of the frames
// that writers lost it got all the same.
func readerRole(p *proctest.Parent, args []string) error {
	var o readerOrder
	if err := json.Unmarshal([]byte(args[0]), &o); err != nil {
		return err
	}
	r, err := newReading(o)
	if err != nil {
		return err
	}
	take := r.styles()[o.Style]
	p.Say("ready")
	if _, ok := p.Hear(); !ok {
		return nil
	}
	for idle := 0; !p.Pending(); idle++ {
		if take() > 0 {
			idle = 0
		} else if idle > 64 {
			yield()
		}
	}
	r.finish(take)
	r.close()
	if _, ok := p.Hear(); !ok {
		return nil
	}
	p.Say("%s", order(r.report))
	for {
		line, ok := p.Hear()
		if !ok {
			return nil
		}
		var q lostQuestion
		if err := json.Unmarshal([]byte(line), &q); err != nil {
			return err
		}
		p.Say("%s", order(r.gotOf(q)))
	}
}

func newReading(o readerOrder) (*reading, error) {
	open := shm.Attach
	if o.Style == "observe" {
		open = shm.Observe
	}
	region, err := open(o.Name, shm.Options{})
	if err != nil {
		return nil, err
	}
	x, err := ring.Open(region)
	if err != nil {
		return nil, err
	}
	c, err := x.Cursor(ring.Oldest)
	if err != nil {
		return nil, err
	}
	r := &reading{
		ring: x, region: region, Cursor: c, verifier: newVerifier(x.Identity().Geometry.Topology == layout.Shared, x.Lanes(), o.Nodes).remembers(),
		report: readerReport{Style: o.Style},
		frames: x.NewFrames(256),
		frame:  x.NewFrame(),
		newest: make([]uint64, x.Lanes()),
		rng:    rand.NewPCG(1, 2),
	}
	for lane := range x.Lanes() {
		r.report.Begin = append(r.report.Begin, c.Position(lane))
	}
	return r, nil
}

// styles are the ways to read.
func (r *reading) styles() map[string]func() int {
	return map[string]func() int{"poll": r.poll, "observe": r.poll, "next": r.one, "frames": r.some, "newest": r.pick,
		"park": r.park, "judge": r.judge}
}

// close completes the report.
func (r *reading) close() {
	for lane := range r.ring.Lanes() {
		r.report.End = append(r.report.End, r.Position(lane))
	}
	r.report.Delivered, r.report.Sequence, r.report.Final = r.delivered, r.sequence, r.final
	r.report.Loss, r.report.Samples = r.Loss(), r.samples
	r.report.Violations, r.report.Notes = r.violations, r.notes
}

// gotOf returns which of the frames were delivered.
func (r *reading) gotOf(q lostQuestion) []uint64 {
	got := []uint64{}
	for _, s := range q.Sequences {
		if r.got(q.Node, s) {
			got = append(got, s)
		}
	}
	return got
}

type reading struct {
	ring   *ring.Ring
	region *shm.Segment
	*ring.Cursor
	*verifier
	report readerReport
	frames []ring.Frame
	frame  ring.Frame
	newest []uint64 // by lane: the newest position seen, plus 1
	rng    *rand.PCG
	recent [64]netid64.ID
	gone   [64]netid64.ID
	picks  uint64
}

func (r *reading) positions() (n uint64) {
	for lane := range r.ring.Lanes() {
		n += r.Position(lane)
	}
	return n
}

func (r *reading) poll() int {
	before := r.positions()
	n, loss, err := r.Poll(r.frames)
	if err != nil {
		r.complain("poll: %v", err)
	}
	for i := range n {
		r.deliver(&r.frames[i])
	}
	r.passed(r.positions()-before, uint64(n), loss)
	return n
}

func (r *reading) one() (n int) {
	before, lost := r.positions(), r.Loss()
	for ; n < 64; n++ {
		ok, err := r.Next(&r.frame)
		if err != nil {
			r.complain("next: %v", err)
		}
		if !ok {
			break
		}
		r.deliver(&r.frame)
	}
	r.passed(r.positions()-before, uint64(n), r.Loss().Sub(lost))
	return n
}

func (r *reading) some() (n int) {
	before, lost := r.positions(), r.Loss()
	for f := range r.Frames(200) {
		r.deliver(f)
		n++
	}
	r.passed(r.positions()-before, uint64(n), r.Loss().Sub(lost))
	return n
}

// pick polls a little, and looks at newest frames and at single ones.
func (r *reading) pick() int {
	before := r.positions()
	n, loss, err := r.Poll(r.frames[:16])
	if err != nil {
		r.complain("poll: %v", err)
	}
	for i := range n {
		r.deliver(&r.frames[i])
		r.recent[r.picks%64] = r.frames[i].ID
		r.picks++
	}
	r.passed(r.positions()-before, uint64(n), loss)
	random := r.rng.Uint64()
	for lane := range r.ring.Lanes() {
		r.lookAtNewest(lane, random)
	}
	r.readAgain(int(random % 64))
	return n
}

func (r *reading) lookAtNewest(lane int, random uint64) {
	f := &r.frame
	ok, err := r.ring.Newest(lane, f)
	if err != nil && err != ring.ErrContended {
		r.complain("newest: %v", err)
	}
	if err != nil || !ok {
		return
	}
	r.report.Newest++
	s, _ := r.whole(f)
	if f.ID.Counter()+1 < r.newest[lane] {
		r.complain("newest is position %d of lane %d, after %d", f.ID.Counter(), lane, r.newest[lane]-1)
	}
	r.newest[lane] = f.ID.Counter() + 1
	if s>>countBits == r.sequence[f.ID.Node()]>>countBits {
		r.remember(int(f.ID.Node()), s)
	}
	r.recent[random>>32%64] = f.ID
}

// readAgain reads by id; what is gone once must not come back.
func (r *reading) readAgain(i int) {
	for _, ids := range [...]*[64]netid64.ID{&r.recent, &r.gone} {
		id := ids[i]
		if id == 0 {
			continue
		}
		f := &r.frame
		ok, err := r.ring.Read(id, f)
		switch {
		case err != nil:
			r.complain("read: %v", err)
		case !ok:
			r.report.Gone++
			r.gone[i] = id
		default:
			r.report.Reads++
			if _, whole := r.whole(f); whole && f.ID != id {
				r.complain("read %v by the id %v", f.ID, id)
			}
			if ids == &r.gone {
				r.complain("%v was gone and came back", id)
			}
		}
	}
}

// finish takes the rest, when all writers have ended.
func (r *reading) finish(take func() int) {
	for idle := 0; idle < 1<<16; idle++ {
		if take() > 0 {
			idle = 0
		}
		behind := false
		for lane := range r.ring.Lanes() {
			behind = behind || r.Position(lane) != r.ring.Head(lane)
		}
		if !behind {
			return
		}
	}
	r.complain("the cursor does not come to the head of an idle ring")
}
