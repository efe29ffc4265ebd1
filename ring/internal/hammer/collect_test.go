//go:build linux

package hammer

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

// reports is what the processes of a round said, and what the ring looks like
// after them.
type reports struct {
	writers   []writerReport
	readers   []readerReport
	delivered [][]uint64 // by reader: sequence numbers that writers lost, yet it got
	head      []uint64
	floor     []uint64
	readable  uint64 // committed slots at or above the floor, as the words say
	tail      readerReport
	unsettled []string
}

func (r *round) collect() (all reports) {
	for _, c := range r.writers {
		var w writerReport
		r.decode(c.Ask("end"), &w)
		all.writers = append(all.writers, w)
		c.Leave()
	}
	for _, c := range r.readers {
		c.Say("end")
	}
	for _, c := range r.readers {
		var report readerReport
		r.decode(c.Hear(), &report)
		var delivered []uint64
		for _, w := range all.writers {
			var got []uint64
			r.decode(c.Ask("%s", order(lostQuestion{int(w.Node), w.LostFirst})), &got)
			delivered = append(delivered, got...)
		}
		all.readers = append(all.readers, report)
		all.delivered = append(all.delivered, delivered)
		c.Leave()
	}
	r.inspect(&all)
	return all
}

func (r *round) decode(line string, into any) {
	r.Helper()
	if err := json.Unmarshal([]byte(line), into); err != nil {
		r.Fatalf("report %.200q: %v", line, err)
	}
}

// inspect reads the idle ring to its end from the oldest position, and looks
// at every slot word.
func (r *round) inspect(all *reports) {
	g := r.ring.Identity().Geometry
	v := newVerifier(g.Topology == layout.Shared, int(g.Lanes), r.hammer.writers).remembers()
	c, err := r.ring.Cursor(ring.Oldest)
	if err != nil {
		r.Fatal(err)
	}
	defer c.Close()
	for lane := range r.ring.Lanes() {
		all.tail.Begin = append(all.tail.Begin, c.Position(lane))
	}
	for f := range c.Frames(0) {
		v.deliver(f)
	}
	all.tail.Style, all.tail.Delivered, all.tail.Loss = "tail", v.delivered, c.Loss()
	all.tail.Violations, all.tail.Notes = v.violations, v.notes
	for lane := range r.ring.Lanes() {
		all.tail.End = append(all.tail.End, c.Position(lane))
		head, floor := r.ring.Head(lane), r.ring.Floor(lane)
		all.head, all.floor = append(all.head, head), append(all.floor, floor)
		for p := head - min(head, g.Capacity); p < head; p++ {
			word := layout.Word(binary.NativeEndian.Uint64(r.region.Bytes()[g.SlotOffset(uint32(lane), p):]))
			if word.Lap() != g.Lap(p) || word.State() == layout.Writing || word.State() == layout.Stalled {
				all.unsettled = append(all.unsettled, fmt.Sprintf("lane %d, position %d: lap %d, %v by %d, when all writers have closed",
					lane, p, word.Lap(), word.State(), word.Node()))
			} else if word.State() == layout.Committed && p >= floor {
				all.readable++
			}
		}
	}
}

// judge holds the reports against each other.
func (r *round) judge(all reports) {
	violations, notes := r.hammer.check(all)
	r.tally.blame(violations, notes...)
	for _, w := range all.writers {
		r.tally.published += w.Published
		r.tally.lost += w.Lost
		r.tally.holes += w.Stats.Holes
		r.tally.takeovers += w.Stats.Takeovers
		r.tally.swept += w.Stats.Swept
	}
	for _, x := range all.readers {
		r.tally.delivered += x.total()
		r.tally.overwritten += x.Loss.Overwritten
		r.tally.unavailable += x.Loss.Unavailable
		r.tally.reset += x.Loss.Reset
		r.tally.newest += x.Newest
		r.tally.reads += x.Reads
	}
	for _, head := range all.head {
		r.tally.laps += head / r.capacity
	}
}
