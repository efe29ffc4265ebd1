//go:build linux

package ring_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// A hammered frame proves itself. Its version is the writer's own sequence
// number and 16 bits of proof, its op is 8 bits of proof, and every word of the
// payload follows from the node, the sequence number, the length and the word's
// index. The sequence number is the life of the writer, then a count.
const (
	countBits = 36
	countMask = 1<<countBits - 1
	proofBits = 16
	wordStep  = 0x9e3779b97f4a7c15
)

func proof(node uint16, sequence uint64, length int) uint64 {
	x := sequence*wordStep + uint64(node)*0xd6e8feb86659fd93 + uint64(length)*0xa24baed4963ee407
	x = (x ^ x>>32) * 0xd6e8feb86659fd93
	return x ^ x>>29
}

// compose fills the payload of a frame and returns its op and version.
func compose(payload []byte, node uint16, sequence uint64) (op uint8, version uint64) {
	k := proof(node, sequence, len(payload))
	word := k
	for ; len(payload) >= 8; payload = payload[8:] {
		word += wordStep
		binary.LittleEndian.PutUint64(payload, word)
	}
	for i := range payload {
		payload[i] = byte((word + wordStep) >> (8 * i))
	}
	return uint8(k >> 40), sequence<<proofBits | k>>(64-proofBits)
}

// proves returns the sequence number of a frame and what contradicts it, or "".
func proves(f *ring.Frame) (sequence uint64, complaint string) {
	sequence = f.Version >> proofBits
	k := proof(f.ID.Node(), sequence, len(f.Payload))
	switch {
	case f.ID.Kind() != testKind:
		return sequence, "kind"
	case f.Version&(1<<proofBits-1) != k>>(64-proofBits):
		return sequence, "version"
	case f.Op != uint8(k>>40):
		return sequence, "op"
	}
	word, b := k, f.Payload
	for ; len(b) >= 8; b = b[8:] {
		word += wordStep
		if binary.LittleEndian.Uint64(b) != word {
			return sequence, "payload word " + strconv.Itoa((len(f.Payload)-len(b))/8)
		}
	}
	for i := range b {
		if b[i] != byte((word+wordStep)>>(8*i)) {
			return sequence, "payload tail"
		}
	}
	return sequence, ""
}

const (
	// remembered bounds the frames of one writer's life that a reader can be
	// asked about, lostRemembered those that a writer reports as lost.
	remembered     = 1 << 26
	lostRemembered = 1 << 15
	// Of every sampleEvery positions readers report one, at most mostSamples:
	// all of them must have seen the same frame there.
	sampleEvery = 256
	mostSamples = 1 << 14
)

type sample struct {
	Lane     int
	Position uint64
	Version  uint64
}

// verifier checks every frame that one reader gets.
type verifier struct {
	shared    bool
	next      []uint64 // by lane: the least position that may come
	sequence  []uint64 // by node: the last sequence number
	delivered []uint64 // by node
	final     []uint64 // by node, of the writer's last life
	seen      [][]uint64
	most      []uint64 // by node: the largest count in seen
	samples   []sample

	violations uint64
	notes      []string
}

func newVerifier(shared bool, lanes, nodes int) *verifier {
	v := &verifier{
		shared: shared, next: make([]uint64, lanes),
		sequence: make([]uint64, nodes), delivered: make([]uint64, nodes), final: make([]uint64, nodes),
		seen: make([][]uint64, nodes), most: make([]uint64, nodes), samples: make([]sample, 0, mostSamples),
	}
	for i := range v.seen {
		v.seen[i] = make([]uint64, remembered/64)
	}
	return v
}

func (v *verifier) complain(format string, a ...any) {
	if v.violations++; len(v.notes) < 20 {
		v.notes = append(v.notes, fmt.Sprintf(format, a...))
	}
}

// whole checks a frame for itself, wherever it comes from.
func (v *verifier) whole(f *ring.Frame) (sequence uint64, ok bool) {
	sequence, complaint := proves(f)
	if complaint == "" && int(f.ID.Node()) >= len(v.sequence) {
		complaint = "node"
	}
	if complaint != "" {
		v.complain("torn: %v, %d bytes, version %#x, op %d: wrong %s", f.ID, len(f.Payload), f.Version, f.Op, complaint)
		return 0, false
	}
	return sequence, true
}

// deliver checks a frame from the cursor: for itself and in its order.
func (v *verifier) deliver(f *ring.Frame) {
	s, ok := v.whole(f)
	if !ok {
		return
	}
	node, position, lane := int(f.ID.Node()), f.ID.Counter(), 0
	if !v.shared {
		lane = node
	}
	if position < v.next[lane] {
		v.complain("position %d of lane %d after %d", position, lane, v.next[lane]-1)
	}
	v.next[lane] = position + 1
	if s <= v.sequence[node] {
		v.complain("sequence %#x of node %d after %#x", s, node, v.sequence[node])
	}
	if s>>countBits != v.sequence[node]>>countBits {
		v.final[node] = 0
		clear(v.seen[node][:v.most[node]/64+1])
		v.most[node] = 0
	}
	v.sequence[node] = s
	v.delivered[node]++
	v.final[node]++
	v.remember(node, s)
	if position%sampleEvery == 0 && len(v.samples) < mostSamples {
		v.samples = append(v.samples, sample{lane, position, f.Version})
	}
}

func (v *verifier) remember(node int, s uint64) {
	if n := s & countMask; n < remembered {
		v.seen[node][n/64] |= 1 << (n % 64)
		v.most[node] = max(v.most[node], n)
	}
}

// got tells whether a frame of a writer's last life was delivered, ok whether
// that is known.
func (v *verifier) got(node int, s uint64) bool {
	n := s & countMask
	return s>>countBits == v.sequence[node]>>countBits && n < remembered && v.seen[node][n/64]>>(n%64)&1 == 1
}

// passed checks that all positions since the last call were accounted for.
func (v *verifier) passed(positions, delivered uint64, loss ring.Loss) {
	if delivered+loss.Total() != positions {
		v.complain("passed %d positions, but delivered %d and lost %+v", positions, delivered, loss)
	}
}

// What the processes of a hammer are told.
type (
	writerOrder struct {
		Name   string
		Node   uint16
		Life   uint64
		Resets bool
		Break  string // how to break the ring: "" does not
	}
	readerOrder struct {
		Name  string
		Nodes int
		Style string
	}
)

// What they report when they end.
type writerReport struct {
	Node      uint16
	Life      uint64
	Published uint64 // committed
	Lost      uint64 // ErrLapped
	Aborted   uint64
	Resets    uint64
	LostFirst []uint64 // sequence numbers of lost frames, as many as can be told
	Stats     ring.WriterStats
	Problems  []string
}

type readerReport struct {
	Style      string
	Begin, End []uint64 // positions by lane
	Delivered  []uint64 // by node
	Sequence   []uint64 // by node, the last
	Final      []uint64 // by node, frames of that last life
	Loss       ring.Loss
	Newest     uint64 // frames from Newest
	Reads      uint64 // frames from Read
	Gone       uint64 // answers of Read that the frame is not there
	Samples    []sample
	Violations uint64
	Notes      []string
}

func (r *readerReport) total() uint64 { return sum(r.Delivered) }

func sum(all []uint64) (n uint64) {
	for _, x := range all {
		n += x
	}
	return n
}

// lengths is what payload lengths are drawn from; those that a ring cannot
// carry are left out.
func lengths(limit int) []int {
	var fit []int
	for _, l := range []struct{ length, share int }{
		{0, 1}, {8, 22}, {32, 12}, {40, 14}, {41, 5}, {64, 5}, {200, 3}, {1000, 2},
	} {
		if l.length <= limit {
			for range l.share {
				fit = append(fit, l.length)
			}
		}
	}
	return fit
}

const mostBatch = 16

// hammerWriter publishes until told to end. "hold" makes it answer "held" from
// inside a reservation and stay there until it hears something.
func hammerWriter(args []string) {
	var o writerOrder
	must(0, json.Unmarshal([]byte(args[0]), &o))
	region, x := attach(o.Name)
	w := must(x.Writer(o.Node))
	h := hammering{
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
	commands := listen()
	fmt.Println("ready")
	for command := commands.next(); command != "end"; {
		if command == "hold" {
			command = h.hold(commands)
			continue
		}
		for !commands.pending() {
			h.step()
			h.giveWay()
		}
		command = commands.next()
	}
	h.last()
	h.report.Stats = w.Stats()
	if h.report.Stats.Lost != h.report.Lost {
		h.problem("its writer counts %d lost, its caller %d", h.report.Stats.Lost, h.report.Lost)
	}
	must(0, w.Close())
	must(0, x.Close())
	fmt.Println(string(must(json.Marshal(h.report))))
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
}

func (h *hammering) problem(format string, a ...any) {
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
	if err != nil {
		h.problem("reserve: %v", err)
		return
	}
	if !commit {
		compose(res.Payload(), h.writerOrder.Node, ^h.sequence)
		res.Abort()
		h.report.Aborted++
		return
	}
	h.sequence++
	op, version := compose(res.Payload(), h.writerOrder.Node, h.sequence)
	id := res.ID()
	h.count(1, h.sequence, id, res.Commit(op, version))
}

// hold fills half a reservation, waits for the next command there, and fills
// the rest.
func (h *hammering) hold(commands *commands) (command string) {
	res := must(h.Reserve(h.ring.PayloadCapacity()))
	h.sequence++
	half := len(res.Payload()) / 2
	compose(res.Payload()[:half], h.writerOrder.Node, h.sequence)
	fmt.Println("held")
	command = commands.next()
	op, version := compose(res.Payload(), h.writerOrder.Node, h.sequence)
	id := res.ID()
	h.count(1, h.sequence, id, res.Commit(op, version))
	return command
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
		return
	}
	lapped, ok := err.(*ring.LappedError)
	if !ok || lapped.Lost < 1 || lapped.Lost > n || lapped.First < id || lapped.First >= id+netid64.ID(n) {
		h.problem("publishing %d from %v: %v", n, id, err)
		return
	}
	h.report.Lost += uint64(lapped.Lost)
	h.report.Published += uint64(n - lapped.Lost)
	if len(h.report.LostFirst) < lostRemembered {
		h.report.LostFirst = append(h.report.LostFirst, s+uint64(lapped.First-id))
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

// hammerReader checks everything that it gets, in the style it was told, until
// it hears "end"; then the rest.
func hammerReader(args []string) {
	var o readerOrder
	must(0, json.Unmarshal([]byte(args[0]), &o))
	var region *shm.Segment
	if o.Style == "observe" {
		region = must(shm.Observe(o.Name, shm.Options{}))
	} else {
		region = must(shm.Attach(o.Name, shm.Options{}))
	}
	x := must(ring.Open(region))
	c := must(x.Cursor(ring.Oldest))
	r := reading{
		ring: x, Cursor: c, verifier: newVerifier(x.Identity().Geometry.Topology == layout.Shared, x.Lanes(), o.Nodes),
		report: readerReport{Style: o.Style},
		frames: x.NewFrames(256),
		frame:  x.NewFrame(),
		newest: make([]uint64, x.Lanes()),
		rng:    rand.NewPCG(1, 2),
	}
	for lane := range x.Lanes() {
		r.report.Begin = append(r.report.Begin, c.Position(lane))
	}
	take := map[string]func() int{"poll": r.poll, "observe": r.poll, "next": r.one, "frames": r.some, "newest": r.pick}[o.Style]
	commands := listen()
	fmt.Println("ready")
	commands.next()
	for idle := 0; !commands.pending(); idle++ {
		if take() > 0 {
			idle = 0
		} else if idle > 64 {
			yield()
		}
	}
	r.finish(take)
	for lane := range x.Lanes() {
		r.report.End = append(r.report.End, c.Position(lane))
	}
	r.report.Delivered, r.report.Sequence, r.report.Final = r.delivered, r.sequence, r.final
	r.report.Loss, r.report.Samples = c.Loss(), r.samples
	r.report.Violations, r.report.Notes = r.violations, r.notes
	commands.next()
	fmt.Println(string(must(json.Marshal(r.report))))

	// The parent asks which of the lost frames were delivered all the same.
	for {
		var q struct {
			Node      int
			Sequences []uint64
		}
		must(0, json.Unmarshal([]byte(commands.next()), &q))
		got := []uint64{}
		for _, s := range q.Sequences {
			if r.got(q.Node, s) {
				got = append(got, s)
			}
		}
		fmt.Println(string(must(json.Marshal(got))))
	}
}

type reading struct {
	ring *ring.Ring
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

// hammer is one case: the ring, its processes, what is done to them.
type hammer struct {
	name     string
	topology layout.Topology
	capacity uint64
	payload  uint32
	writers  int
	styles   []string
	kills    bool   // the last writer is killed and started again
	stops    bool   // the last writer is stopped and resumed
	breaks   string // the last writer breaks the ring
}

var hammers = append(plainHammers(),
	hammer{name: "lane, killed", topology: layout.Lane, capacity: 64, payload: 200, writers: 2, styles: []string{"poll", "newest"}, kills: true},
	hammer{name: "shared, killed", topology: layout.Shared, capacity: 4, payload: 40, writers: 3, styles: []string{"next", "newest"}, kills: true},
	hammer{name: "shared, killed, large", topology: layout.Shared, capacity: 64, payload: 1000, writers: 2, styles: []string{"poll", "observe"}, kills: true},
	hammer{name: "lane, stopped", topology: layout.Lane, capacity: 4, payload: 1000, writers: 2, styles: []string{"poll", "newest"}, stops: true},
	hammer{name: "shared, stopped", topology: layout.Shared, capacity: 2, payload: 40, writers: 3, styles: []string{"frames", "newest"}, stops: true},
	hammer{name: "shared, stopped, large", topology: layout.Shared, capacity: 64, payload: 1000, writers: 2, styles: []string{"poll", "next"}, stops: true},
)

func plainHammers() (all []hammer) {
	styles := [][]string{{"poll", "newest"}, {"poll", "next", "newest"}, {"observe", "frames"}, {"poll", "frames", "newest"}}
	for _, topology := range []layout.Topology{layout.Lane, layout.Shared} {
		for i, capacity := range []uint64{2, 4, 64, 1024} {
			for j, payload := range []uint32{40, 1000} {
				s := styles[(i+2*j)%len(styles)]
				all = append(all, hammer{
					name:     fmt.Sprintf("%v, %d slots of %d", topology, capacity, payload),
					topology: topology, capacity: capacity, payload: payload,
					writers: 5 - len(s), styles: s,
				})
			}
		}
	}
	return all
}

// tally is what a case has seen over its rounds.
type tally struct {
	rounds                                   int
	delivered, overwritten, unavailable      uint64
	reset, newest, reads, laps               uint64
	published, lost, holes, takeovers, swept uint64
	kills, stops                             uint64
	violations                               uint64
	notes                                    []string
}

func (s *tally) blame(n uint64, notes ...string) {
	s.violations += n
	for _, note := range notes {
		if len(s.notes) < 20 {
			s.notes = append(s.notes, note)
		}
	}
}

func (s *tally) String() string {
	return fmt.Sprintf("delivered %d, overwritten %d, unavailable %d, reset %d, newest %d, read by id %d, laps %d; published %d, lost %d, holes %d, takeovers %d, swept %d; kills %d, stops %d; violations %d",
		s.delivered, s.overwritten, s.unavailable, s.reset, s.newest, s.reads, s.laps,
		s.published, s.lost, s.holes, s.takeovers, s.swept, s.kills, s.stops, s.violations)
}

// lacks says what a case was built to see and did not.
func (h hammer) lacks(s *tally) (missing []string) {
	need := func(wanted bool, what string, n uint64) {
		if wanted && n == 0 {
			missing = append(missing, "zero "+what)
		}
	}
	shared := h.topology == layout.Shared
	need(true, "frames delivered", s.delivered)
	need(true, "frames published", s.published)
	need(true, "laps", s.laps)
	need(h.capacity <= 64, "frames overwritten before they were read", s.overwritten)
	need(slices.Contains(h.styles, "newest"), "newest frames", s.newest)
	need(slices.Contains(h.styles, "newest"), "frames read by id", s.reads)
	need(shared, "unavailable", s.unavailable)
	need(h.kills, "kills", s.kills)
	need(h.kills && shared, "takeovers", s.takeovers)
	need(h.stops, "stops", s.stops)
	need(h.stops && shared, "holes", s.holes)
	need(h.stops && shared, "frames lost by their writer", s.lost)
	return missing
}

// hammerRound is one run of a case in this process's hands.
type hammerRound struct {
	*testing.T
	hammer
	*tally
	name    string
	ring    *ring.Ring
	region  *shm.Segment
	writers []*child
	readers []*child
	life    uint64
}

// round runs the processes of a case for a slice of time and judges what they
// report.
func (h hammer) round(t *testing.T, slice time.Duration, s *tally) {
	t.Helper()
	r := hammerRound{T: t, hammer: h, tally: s, name: newName(t), life: 1}
	lanes := uint32(1)
	if h.topology == layout.Lane {
		lanes = uint32(h.writers)
	}
	var err error
	if r.region, err = shm.Open(r.name, shape(h.topology, lanes, h.capacity, h.payload), shm.Options{}); err != nil {
		t.Fatal(err)
	}
	if r.ring, err = ring.Open(r.region); err != nil {
		t.Fatal(err)
	}
	defer r.ring.Close()
	for _, style := range h.styles {
		r.readers = append(r.readers, start(t, nil, "hammer reader", order(readerOrder{r.name, h.writers, style})))
	}
	for node := range h.writers {
		r.writers = append(r.writers, r.startWriter(node))
	}
	for _, c := range slices.Concat(r.readers, r.writers[:h.writers-1]) {
		c.expectReady()
	}
	r.writers[h.writers-1].expectReady()
	for _, c := range slices.Concat(r.readers, r.writers) {
		c.say("go")
	}
	r.disturb(slice)
	r.judge(r.collect())
	s.rounds++
}

func (c *child) expectReady() {
	c.Helper()
	if got := c.hear(); got != "ready" {
		c.Fatalf("got %q, want ready", got)
	}
}

func order(o any) string { return string(must(json.Marshal(o))) }

func (r *hammerRound) startWriter(node int) *child {
	last := node == r.hammer.writers-1
	o := writerOrder{Name: r.name, Node: uint16(node), Life: r.life, Resets: node == 0}
	if last {
		o.Break = r.breaks
	}
	return start(r.T, nil, "hammer writer", order(o))
}

// disturb kills or stops the last writer again and again until the slice is
// over; without that it just lets it pass.
func (r *hammerRound) disturb(slice time.Duration) {
	over := time.After(slice)
	if !r.hammer.kills && !r.hammer.stops {
		<-over
		return
	}
	rng := rand.New(rand.NewPCG(uint64(r.rounds), 7))
	for n := 0; ; n++ {
		select {
		case <-over:
			return
		case <-time.After(time.Duration(rng.Int64N(int64(5 * time.Millisecond)))):
		}
		victim := &r.writers[len(r.writers)-1]
		held := n%2 == 0
		if held {
			if got := (*victim).ask("hold"); got != "held" {
				r.Fatalf("the victim says %q", got)
			}
		}
		if r.hammer.kills {
			(*victim).kill()
			r.tally.kills++
			r.othersGoOn()
			r.life++
			*victim = r.startWriter(len(r.writers) - 1)
			(*victim).expectReady()
			(*victim).say("go")
			continue
		}
		(*victim).stop()
		r.tally.stops++
		r.othersGoOn()
		(*victim).resume()
		if held {
			(*victim).say("go")
		}
	}
}

// othersGoOn returns when the survivors have gone around the ring three times
// without the last writer.
func (r *hammerRound) othersGoOn() {
	var b ring.Backoff
	for end := r.ring.Head(0) + 3*r.capacity; r.ring.Head(0) < end; {
		b.Pause()
	}
}

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

func (r *hammerRound) collect() (all reports) {
	for _, c := range r.writers {
		var w writerReport
		r.decode(c.ask("end"), &w)
		all.writers = append(all.writers, w)
		c.end()
	}
	for _, c := range r.readers {
		c.say("end")
	}
	for _, c := range r.readers {
		var report readerReport
		r.decode(c.hear(), &report)
		var delivered []uint64
		for _, w := range all.writers {
			var got []uint64
			r.decode(c.ask("%s", order(map[string]any{"Node": w.Node, "Sequences": w.LostFirst})), &got)
			delivered = append(delivered, got...)
		}
		all.readers = append(all.readers, report)
		all.delivered = append(all.delivered, delivered)
		c.end()
	}
	r.inspect(&all)
	return all
}

func (r *hammerRound) decode(line string, into any) {
	r.Helper()
	if err := json.Unmarshal([]byte(line), into); err != nil {
		r.Fatalf("report %.200q: %v", line, err)
	}
}

// inspect reads the idle ring to its end from the oldest position, and looks
// at every slot word.
func (r *hammerRound) inspect(all *reports) {
	g := r.ring.Identity().Geometry
	v := newVerifier(g.Topology == layout.Shared, int(g.Lanes), r.hammer.writers)
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
func (r *hammerRound) judge(all reports) {
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

// check returns the number of violations in the reports of a round, and notes.
func (h hammer) check(all reports) (violations uint64, notes []string) {
	bad := func(format string, a ...any) {
		violations++
		notes = append(notes, h.name+": "+fmt.Sprintf(format, a...))
	}
	shared := h.topology == layout.Shared

	used := make([]uint64, len(all.head))
	for _, w := range all.writers {
		for _, p := range w.Problems {
			bad("writer %d: %s", w.Node, p)
		}
		if shared {
			used[0] += w.Published + w.Lost + w.Aborted + w.Stats.Holes
			continue
		}
		used[w.Node] += w.Published
		if w.Lost > 0 || w.Stats != (ring.WriterStats{}) {
			bad("writer %d lost %d in its own lane, %+v", w.Node, w.Lost, w.Stats)
		}
	}
	for lane, head := range all.head {
		if !h.kills && used[lane] != head {
			bad("lane %d: writers used %d positions, head is %d", lane, used[lane], head)
		}
	}
	for _, u := range all.unsettled {
		bad("%s", u)
	}

	at := map[sample]uint64{}
	for i, x := range slices.Concat(all.readers, []readerReport{all.tail}) {
		violations += x.Violations
		for _, note := range x.Notes {
			notes = append(notes, fmt.Sprintf("%s: reader %d (%s): %s", h.name, i, x.Style, note))
		}
		var passed uint64
		for lane := range x.End {
			passed += x.End[lane] - x.Begin[lane]
			if x.End[lane] != all.head[lane] {
				bad("reader %d (%s) ended at %d of lane %d, head is %d", i, x.Style, x.End[lane], lane, all.head[lane])
			}
		}
		if x.total()+x.Loss.Total() != passed {
			bad("reader %d (%s) passed %d positions, but delivered %d and lost %+v", i, x.Style, passed, x.total(), x.Loss)
		}
		if !shared && x.Loss.Unavailable > 0 {
			bad("reader %d (%s) of lanes found %d unavailable", i, x.Style, x.Loss.Unavailable)
		}
		for _, s := range x.Samples {
			key := sample{Lane: s.Lane, Position: s.Position}
			if v, ok := at[key]; ok && v != s.Version {
				bad("two readers got versions %#x and %#x at position %d of lane %d", v, s.Version, s.Position, s.Lane)
			}
			at[key] = s.Version
		}
	}
	for i, x := range all.readers {
		for _, s := range all.delivered[i] {
			bad("reader %d (%s) got frame %#x, which its writer lost", i, x.Style, s)
		}
		for _, w := range all.writers {
			last := x.Sequence[w.Node]
			switch {
			case last>>countBits > w.Life:
				bad("reader %d (%s) got frame %#x of life %d, node %d is in life %d", i, x.Style, last, last>>countBits, w.Node, w.Life)
			case last>>countBits == w.Life && x.Final[w.Node] > w.Published:
				bad("reader %d (%s) got %d frames, node %d published %d", i, x.Style, x.Final[w.Node], w.Node, w.Published)
			}
		}
	}
	if got := all.tail.total(); got != all.readable || all.tail.Loss.Overwritten+all.tail.Loss.Reset != 0 {
		bad("a reader from the oldest of %d readable frames got %d and lost %+v", all.readable, got, all.tail.Loss)
	}
	return violations, notes
}

// hammerSlice is how long a round of a case takes in an ordinary test run.
func hammerSlice() time.Duration {
	if testing.Short() {
		return 150 * time.Millisecond
	}
	return 700 * time.Millisecond
}

// patientRounds bounds how many rounds a case gets to see what it must see.
const patientRounds = 20

func TestUnderTheHammerNoFrameIsTornRepeatedReorderedOrMiscounted(t *testing.T) {
	if !shareable(t) {
		return
	}
	if long, ok := longHammer(t); ok {
		long.run(t)
		return
	}
	for _, h := range hammers {
		t.Run(h.name, func(t *testing.T) {
			var s tally
			for s.rounds == 0 || s.rounds < patientRounds && s.violations == 0 && len(h.lacks(&s)) > 0 {
				h.round(t, hammerSlice(), &s)
			}
			t.Log(&s)
			h.verdict(t, &s)
		})
	}
}

func (h hammer) verdict(t *testing.T, s *tally) {
	t.Helper()
	for _, what := range h.lacks(s) {
		t.Errorf("%s: the hammer proves nothing: %s in %d rounds", h.name, what, s.rounds)
	}
	if s.violations > 0 {
		t.Errorf("%s: %d violations:\n%s", h.name, s.violations, strings.Join(s.notes, "\n"))
	}
}

// long is the mode that ORBIT_HAMMER (a duration) or ORBIT_HAMMER_FRAMES (a
// count of delivered frames) asks for: round after round over all cases.
type long struct {
	until  time.Time
	frames uint64
}

func longHammer(t *testing.T) (l long, ok bool) {
	if text := os.Getenv("ORBIT_HAMMER"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("ORBIT_HAMMER: %v", err)
		}
		l.until, ok = time.Now().Add(d), true
	}
	if text := os.Getenv("ORBIT_HAMMER_FRAMES"); text != "" {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || n < 1 {
			t.Fatalf("ORBIT_HAMMER_FRAMES: %q is not a count", text)
		}
		l.frames, ok = uint64(n), true
	}
	return l, ok
}

func (l long) over(delivered uint64) bool {
	return !l.until.IsZero() && !time.Now().Before(l.until) || l.frames > 0 && delivered >= l.frames
}

func (l long) run(t *testing.T) {
	tallies := make([]tally, len(hammers))
	begun := time.Now()
	var delivered, violations uint64
	for turn := 1; turn == 1 || !l.over(delivered); turn++ {
		for i, h := range hammers {
			if turn > 1 && l.over(delivered) {
				break
			}
			s, before := &tallies[i], tallies[i]
			h.round(t, 2*time.Second, s)
			delivered += s.delivered - before.delivered
			violations += s.violations - before.violations
			fmt.Fprintf(os.Stderr, "hammer: %6.0fs %12d delivered | turn %d, %s: %v\n", time.Since(begun).Seconds(), delivered, turn, h.name, s)
		}
	}
	for i, h := range hammers {
		h.verdict(t, &tallies[i])
	}
	fmt.Fprintf(os.Stderr, "hammer: %d frames delivered in %v, %d violations\n", delivered, time.Since(begun).Round(time.Second), violations)
}

func TestTheHammersVerifierAcceptsFramesAsTheyWerePublished(t *testing.T) {
	v, frames := hammeredFrames()
	for i := range frames {
		v.deliver(&frames[i])
	}
	if v.violations != 0 {
		t.Errorf("%d violations: %v", v.violations, v.notes)
	}
	if fmt.Sprint(v.delivered) != "[0 100 100]" {
		t.Errorf("delivered %v", v.delivered)
	}
}

// hammeredFrames are 200 sound frames of nodes 1 and 2 in a shared ring, in
// order, of all lengths.
func hammeredFrames() (*verifier, []ring.Frame) {
	all := lengths(1000)
	frames := make([]ring.Frame, 200)
	for i := range frames {
		f := &frames[i]
		f.ID = netid64.Make(testKind, uint16(1+i%2), uint64(10+3*i))
		f.Payload = make([]byte, all[i*7%len(all)])
		f.Op, f.Version = compose(f.Payload, f.ID.Node(), 1<<countBits+uint64(100+5*i))
	}
	return newVerifier(true, 1, 3), frames
}

func TestTheHammersVerifierComplainsAboutEveryBrokenFrame(t *testing.T) {
	const at = 100
	for name, spoil := range map[string]func(f []ring.Frame){
		"torn in its first word":     func(f []ring.Frame) { f[at].Payload[0] ^= 1 },
		"torn in its last byte":      func(f []ring.Frame) { f[at].Payload[40] ^= 1 },
		"its end from another frame": func(f []ring.Frame) { copy(f[at].Payload[16:], f[at+2].Payload[16:]) },
		"its start from another":     func(f []ring.Frame) { copy(f[at].Payload[:16], f[at+2].Payload) },
		"two words exchanged": func(f []ring.Frame) {
			a, b := f[at].Payload[8:16], f[at].Payload[16:24]
			x := slices.Clone(a)
			copy(a, b)
			copy(b, x)
		},
		"all of another's payload": func(f []ring.Frame) { f[at].Payload = f[at+2].Payload },
		"cut":                      func(f []ring.Frame) { f[at].Payload = f[at].Payload[:40] },
		"another's version":        func(f []ring.Frame) { f[at].Version = f[at+2].Version },
		"another's op":             func(f []ring.Frame) { f[at].Op = f[at+2].Op },
		"another's node":           func(f []ring.Frame) { f[at].ID = netid64.Make(testKind, 2, f[at].ID.Counter()) },
		"a node that nobody has":   func(f []ring.Frame) { f[at].ID = netid64.Make(testKind, 9, f[at].ID.Counter()) },
		"another kind":             func(f []ring.Frame) { f[at].ID = netid64.Make(testKind+1, 1, f[at].ID.Counter()) },
		"delivered twice":          func(f []ring.Frame) { f[at+1] = f[at] },
		"published twice": func(f []ring.Frame) {
			id := f[at+2].ID
			f[at+2] = f[at]
			f[at+2].ID = id
		},
		"positions out of order": func(f []ring.Frame) { f[at], f[at+1] = f[at+1], f[at] },
		"a writer's frames out of order": func(f []ring.Frame) {
			f[at], f[at+2] = f[at+2], f[at]
			f[at].ID, f[at+2].ID = f[at+2].ID, f[at].ID
		},
		"a frame of an earlier life": func(f []ring.Frame) {
			f[at].Op, f[at].Version = compose(f[at].Payload, 1, countMask)
		},
	} {
		t.Run(name, func(t *testing.T) {
			v, frames := hammeredFrames()
			for i, length := range map[int]int{at: 41, at + 2: 200} {
				f := &frames[i]
				f.Payload = make([]byte, length)
				f.Op, f.Version = compose(f.Payload, f.ID.Node(), f.Version>>proofBits)
			}
			for i := range frames[:at] {
				v.deliver(&frames[i])
			}
			if v.violations != 0 {
				t.Fatalf("sound frames: %v", v.notes)
			}
			spoil(frames)
			for i := range frames[at:] {
				v.deliver(&frames[at+i])
			}
			if v.violations == 0 {
				t.Error("no complaint")
			}
		})
	}
}

func TestTheHammersVerifierCatchesSlotsThatWereBrokenInTheRegion(t *testing.T) {
	for _, id := range []layout.Identity{shape(layout.Lane, 2, 64, 200), shape(layout.Shared, 1, 64, 200)} {
		for _, what := range []string{"", "payload", "length", "version", "op", "node"} {
			m, err := ring.NewMemory(id)
			if err != nil {
				t.Fatal(err)
			}
			x, err := ring.Open(m)
			if err != nil {
				t.Fatal(err)
			}
			r := rig{T: t}
			w := r.writer(x, 1)
			payload := make([]byte, 40)
			for i := range 20 {
				op, version := compose(payload, 1, 1<<countBits+uint64(i))
				published, err := w.Publish(op, version, payload)
				if err != nil {
					t.Fatal(err)
				}
				if i == 10 {
					breakSlot(m.Bytes(), m.Identity().Geometry, published, what)
				}
			}
			v := newVerifier(x.Lanes() == 1, x.Lanes(), 2)
			for f := range r.cursor(x, ring.Oldest).Frames(0) {
				v.deliver(f)
			}
			// The node in the word of a lane's slot says nothing: the lane does.
			sound := what == "" || what == "node" && x.Lanes() == 2
			if (v.violations == 0) != sound {
				t.Errorf("%v, broken %q: %d violations %v", id.Geometry.Topology, what, v.violations, v.notes)
			}
			x.Close()
		}
	}
}

// soundReports are what a round of a shared ring with two writers and two
// readers may report.
func soundReports() reports {
	frames := func(a, b uint64, loss ring.Loss, style string) readerReport {
		return readerReport{
			Style: style, Begin: []uint64{0}, End: []uint64{1000},
			Delivered: []uint64{a, b}, Final: []uint64{a, b}, Sequence: []uint64{1<<countBits + 500, 1<<countBits + 450},
			Loss: loss, Samples: []sample{{0, 256, 77}},
		}
	}
	tail := frames(2, 1, ring.Loss{Unavailable: 1}, "tail")
	tail.Begin = []uint64{996}
	return reports{
		writers: []writerReport{
			{Node: 0, Life: 1, Published: 500, Aborted: 20, Stats: ring.WriterStats{Holes: 20}},
			{Node: 1, Life: 1, Published: 440, Lost: 10, Aborted: 10, LostFirst: []uint64{1<<countBits + 7}},
		},
		readers: []readerReport{
			frames(300, 250, ring.Loss{Overwritten: 400, Unavailable: 30, Reset: 20}, "poll"),
			frames(500, 440, ring.Loss{Unavailable: 60}, "next"),
		},
		delivered: [][]uint64{nil, nil},
		head:      []uint64{1000}, floor: []uint64{0}, readable: 3, tail: tail,
	}
}

func TestTheHammerComplainsAboutReportsThatDoNotAddUp(t *testing.T) {
	h := hammer{name: "broken", topology: layout.Shared, capacity: 4}
	if n, notes := h.check(soundReports()); n != 0 {
		t.Fatalf("sound reports: %v", notes)
	}
	for name, spoil := range map[string]func(all *reports){
		"a frame too many":                func(all *reports) { all.readers[0].Delivered[0]++ },
		"a frame too few":                 func(all *reports) { all.readers[0].Delivered[1]-- },
		"a loss too many":                 func(all *reports) { all.readers[0].Loss.Overwritten++ },
		"a hole not counted":              func(all *reports) { all.readers[1].Loss.Unavailable-- },
		"a reset not counted":             func(all *reports) { all.readers[0].Loss.Reset = 0 },
		"a reader that stopped early":     func(all *reports) { all.readers[1].End[0]--; all.readers[1].Loss.Unavailable-- },
		"a lost frame delivered":          func(all *reports) { all.delivered[1] = []uint64{1<<countBits + 7} },
		"more delivered than published":   func(all *reports) { all.readers[1].Final[1] = 441 },
		"a frame of a life that is to be": func(all *reports) { all.readers[0].Sequence[1] = 2 << countBits },
		"a position nobody used":          func(all *reports) { all.writers[0].Published-- },
		"a position used twice":           func(all *reports) { all.writers[1].Aborted++ },
		"a writer's own complaint":        func(all *reports) { all.writers[0].Problems = []string{"reserve: failed"} },
		"two frames at one position":      func(all *reports) { all.readers[1].Samples[0].Version++ },
		"a reader's complaint":            func(all *reports) { all.readers[1].Violations = 1 },
		"a tail too short":                func(all *reports) { all.readable++ },
		"a tail with overwritten frames": func(all *reports) {
			all.tail.Loss = ring.Loss{Overwritten: 1}
		},
		"a slot left unsettled": func(all *reports) { all.unsettled = []string{"writing"} },
	} {
		t.Run(name, func(t *testing.T) {
			all := soundReports()
			spoil(&all)
			if n, _ := h.check(all); n == 0 {
				t.Error("no complaint")
			}
		})
	}
}

func TestTheHammerComplainsWhenItSawNothing(t *testing.T) {
	for _, h := range hammers {
		seen := tally{
			delivered: 1, overwritten: 1, unavailable: 1, newest: 1, reads: 1, laps: 1,
			published: 1, lost: 1, holes: 1, takeovers: 1, kills: 1, stops: 1,
		}
		if missing := h.lacks(&seen); len(missing) > 0 {
			t.Errorf("%s: complains about %v", h.name, missing)
		}
		shared := h.topology == layout.Shared
		for what, c := range map[string]struct {
			needed bool
			field  *uint64
		}{
			"laps":        {true, &seen.laps},
			"delivered":   {true, &seen.delivered},
			"published":   {true, &seen.published},
			"overwritten": {h.capacity <= 64, &seen.overwritten},
			"unavailable": {shared, &seen.unavailable},
			"kills":       {h.kills, &seen.kills},
			"takeovers":   {h.kills && shared, &seen.takeovers},
			"stops":       {h.stops, &seen.stops},
			"holes":       {h.stops && shared, &seen.holes},
			"lost":        {h.stops && shared, &seen.lost},
		} {
			*c.field = 0
			if got := len(h.lacks(&seen)) > 0; got != c.needed {
				t.Errorf("%s: zero %s: complains %v, want %v", h.name, what, got, c.needed)
			}
			*c.field = 1
		}
	}
}

func TestTheHammerCatchesAWriterThatBreaksTheRing(t *testing.T) {
	if !shareable(t) {
		return
	}
	for _, h := range []hammer{
		{name: "lane, payload", topology: layout.Lane, breaks: "payload"},
		{name: "lane, repeat", topology: layout.Lane, breaks: "repeat"},
		{name: "shared, payload", topology: layout.Shared, breaks: "payload"},
		{name: "shared, op", topology: layout.Shared, breaks: "op"},
		{name: "shared, node", topology: layout.Shared, breaks: "node"},
	} {
		t.Run(h.name, func(t *testing.T) {
			h.capacity, h.payload, h.writers, h.styles = 1024, 200, 2, []string{"poll", "next"}
			var s tally
			for s.violations == 0 && s.rounds < patientRounds {
				h.round(t, 100*time.Millisecond, &s)
			}
			if s.violations == 0 {
				t.Errorf("no complaint: %v", &s)
			}
		})
	}
}
