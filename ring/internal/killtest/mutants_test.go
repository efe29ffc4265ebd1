//go:build linux && amd64 && !race

package killtest

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orbitring/orbit/internal/killpoint"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// The mutants are publishes and a creation that are wrong in one line. They go
// through the same sweeps and checks, which have to catch them.

func init() {
	operations["commit before the payload"] = func(a *actor) {
		a.mutate(func(slot, head []byte, next uint64, writing, committed layout.Word) {
			store(slot, layout.WordOffset, uint64(writing))
			store(slot, layout.WordOffset, uint64(committed))
			a.fill(slot)
			store(head, 0, next)
		})
	}
	operations["head before the commit"] = func(a *actor) {
		a.mutate(func(slot, head []byte, next uint64, writing, committed layout.Word) {
			store(slot, layout.WordOffset, uint64(writing))
			store(head, 0, next)
			a.fill(slot)
			store(slot, layout.WordOffset, uint64(committed))
		})
	}
	operations["no mark"] = func(a *actor) {
		a.mutate(func(slot, head []byte, next uint64, _, committed layout.Word) {
			a.fill(slot)
			store(slot, layout.WordOffset, uint64(committed))
			store(head, 0, next)
		})
	}
	operations["no wake"] = func(a *actor) {
		a.mutate(func(slot, head []byte, next uint64, writing, committed layout.Word) {
			store(slot, layout.WordOffset, uint64(writing))
			a.fill(slot)
			store(slot, layout.WordOffset, uint64(committed))
			store(head, 0, next)
		})
	}
	operations["commit without looking"] = func(a *actor) {
		if a.reserved, a.err = a.w.Reserve(len(a.messages[0].Payload)); a.err != nil {
			return
		}
		p := a.reserved.ID().Counter()
		g := a.ring.Identity().Geometry
		slot := a.segment.Bytes()[g.SlotOffset(0, p):]
		a.fill(slot)
		store(slot, layout.WordOffset, uint64(layout.MakeWord(g.Lap(p), layout.Committed, victim)))
		a.used = 1
		a.reserved.Abort() // finds nothing of its own and does nothing
	}
}

// mutate hands the place of the lane's next frame to a wrong publish.
func (a *actor) mutate(publish func(slot, head []byte, next uint64, writing, committed layout.Word)) {
	g, mem := a.ring.Identity().Geometry, a.segment.Bytes()
	head := mem[g.HeadOffset(victim):]
	p := binary.LittleEndian.Uint64(head)
	publish(mem[g.SlotOffset(victim, p):], head, p+1,
		layout.MakeWord(g.Lap(p), layout.Writing, victim), layout.MakeWord(g.Lap(p), layout.Committed, victim))
	a.used = 1
}

func (a *actor) fill(slot []byte) {
	m := a.messages[0]
	store(slot, layout.VersionOffset, m.Version)
	store(slot, layout.LengthOffset, uint64(len(m.Payload))|uint64(m.Op)<<32)
	copy(slot[layout.SlotPayloadOffset:], m.Payload)
}

// store is a plain store.
//
//go:noinline
func store(b []byte, at int, v uint64) { binary.LittleEndian.PutUint64(b[at:], v) }

func TestEveryMutantIsCaught(t *testing.T) {
	for _, m := range []struct {
		do       string
		topology layout.Topology
		strike   string
		symptom  string
	}{
		{"commit before the payload", layout.Lane, "kill", "torn"},
		{"head before the commit", layout.Lane, "kill", "head is"},
		{"no mark", layout.Lane, "kill", "torn"},
		{"commit without looking", layout.Shared, "stop", "surfaced or vanished"},
	} {
		t.Run(m.do, func(t *testing.T) {
			s := scenario{name: m.do, topology: m.topology, capacity: 4, task: task{m.do, []int{41}}, prepare: used}
			c := sweep(t, killpoint.Plan{Every: 1}, s, m.strike)[m.strike]
			caught(t, c, m.symptom)
		})
	}
}

func caught(t *testing.T, c killpoint.Coverage, symptom string) {
	t.Helper()
	n := 0
	for _, f := range c.Failures {
		if strings.Contains(f.Err.Error(), symptom) {
			if n++; n == 1 {
				t.Log(f)
			}
		}
	}
	t.Logf("caught as %q at %d of %d boundaries, %d failures in all", symptom, n, c.Planned, len(c.Failures))
	if n == 0 {
		t.Errorf("no check says %q: %v", symptom, c.Err())
	}
}

func init() {
	segmentOperations["name before the header"] = func(a *segmentActor) {
		f, err := os.OpenFile(filepath.Join(a.options().Dir, a.Name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			a.err = err
			return
		}
		id, _ := segmentIdentity().Normalize()
		id.Instance = 1
		var header [layout.IdentitySize]byte
		id.Encode(header[:])
		a.err = f.Truncate(int64(id.Geometry.Size()))
		if _, err := f.WriteAt(header[:], 0); a.err == nil {
			a.err = err
		}
		f.Close()
		a.segment, a.err = shm.Attach(a.Name, a.options())
	}
}

func TestACreationThatNamesFirstIsCaught(t *testing.T) {
	c := sweepSegment(t, "name before the header", killpoint.Plan{Every: 50, Around: 2, First: true}, "kill")["kill"]
	caught(t, c, "half a segment")
}
