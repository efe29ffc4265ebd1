package contest_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/orbitring/orbit/substrates/contest"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestARowThatNamesNoCellIsCorrupt(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		table := open(t, f, contest.Options{})
		g := wins(t, table, subject, "worker:1", time.Hour)
		word := table.Damage(subject, 1<<20|(1<<20-1))
		_, _, claim := table.Claim(subject, "worker:1", time.Hour)
		_, renew := g.Renew(2 * time.Hour)
		_, _, holder := table.Holder(subject)
		for what, err := range map[string]error{"claim": claim, "renew": renew, "release": g.Release(), "holder": holder} {
			if !errors.Is(err, contest.ErrCorrupt) {
				t.Errorf("%s: %v", what, err)
			}
		}
		for range table.Holders() {
			t.Error("listed")
		}
		table.Damage(subject, word)
		must(t, g.Release())
	})
}

// Whatever bytes the table has, nothing panics, nothing hangs and nothing is
// touched outside: a cell's number is checked before it is used.
func TestGarbageInTheTableHarmsNobody(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		table, other := open(t, f, contest.Options{Subjects: 20}), open(t, fleettest.Sibling(t, f, 1), contest.Options{Subjects: 20})
		mem, random := table.Memory(), rand.New(rand.NewPCG(1, 2))
		answers := map[bool]int{}
		image := bytes.Clone(mem)
		images := fleettest.Images(t, 2000)
		for range images {
			copy(mem, image)
			for range 1 + random.IntN(200) {
				at := 8 * random.IntN(len(mem)/8)
				if random.IntN(2) == 0 {
					at = 8 * random.IntN(min(len(mem), 2048)/8) // hands and rows
				}
				word := random.Uint64()
				if random.IntN(2) == 0 {
					word &= 1<<22 - 1
				}
				binary.NativeEndian.PutUint64(mem[at:], word)
			}
			for _, m := range []*contest.Table{table, other} {
				s := named(string(rune('a' + random.IntN(26))))
				g, h, err := m.Claim(s, "worker:1", time.Hour)
				answers[err == nil]++
				if g.Won() {
					g.Renew(2 * time.Hour)
					g.Release()
				}
				h.Owner()
				h.Subject()
				m.Holder(s)
				for h := range m.Holders() {
					h.Owner()
					h.Subject()
				}
			}
		}
		t.Logf("%d damaged images", images)
		if answers[true] == 0 || answers[false] == 0 {
			t.Errorf("claims without and with an error: %v", answers)
		}
	})
}
