//go:build linux

package hammer

import (
	"fmt"

	"github.com/orbitring/orbit/ring"
)

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
	book       *book // of a soak: for samples and complaints that outlive the process
}

func newVerifier(shared bool, lanes, nodes int) *verifier {
	v := &verifier{
		shared: shared, next: make([]uint64, lanes),
		sequence: make([]uint64, nodes), delivered: make([]uint64, nodes), final: make([]uint64, nodes),
		seen: make([][]uint64, nodes), most: make([]uint64, nodes), samples: make([]sample, 0, mostSamples),
	}
	return v
}

// remembers makes the verifier answer got.
func (v *verifier) remembers() *verifier {
	for i := range v.seen {
		v.seen[i] = make([]uint64, remembered/64)
	}
	return v
}

func (v *verifier) complain(format string, a ...any) {
	if v.violations++; len(v.notes) >= 20 {
		return
	}
	v.notes = append(v.notes, fmt.Sprintf(format, a...))
	if v.book != nil {
		v.book.complain(format, a...)
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
		if len(v.seen[node]) > 0 {
			clear(v.seen[node][:v.most[node]/64+1])
			v.most[node] = 0
		}
	}
	v.sequence[node] = s
	v.delivered[node]++
	v.final[node]++
	v.remember(node, s)
	if v.book != nil && sampled(position) {
		v.book.note(entry{delivered, uint64(lane), position, author(f.ID.Node(), s)})
	}
	if position%sampleEvery == 0 && len(v.samples) < mostSamples {
		v.samples = append(v.samples, sample{lane, position, f.Version})
	}
}

func (v *verifier) remember(node int, s uint64) {
	if n := s & countMask; n < remembered && len(v.seen[node]) > 0 {
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
