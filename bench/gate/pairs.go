package gate

import (
	"math"
	"slices"
)

// floorTolerance is by how much the floors of the two sides of a round may
// differ. A change of distance is a factor of 2 to 4.
const floorTolerance = 0.25

// A Block is what one short run of one binary says of a row.
type Block struct {
	XFloor float64 `json:"x_floor"` // median of its samples
	Floor  float64 `json:"floor"`   // median, in seconds
}

// A Pair is the two blocks of one round.
type Pair struct {
	Old      Block `json:"old"`
	New      Block `json:"new"`
	NewFirst bool  `json:"new_first,omitempty"`
}

// matched says that both blocks were measured at the same distance.
func (p Pair) matched() bool {
	a, b := p.Old.Floor, p.New.Floor
	return max(a, b) <= (1+floorTolerance)*min(a, b)
}

// block makes the block of one row out of one run.
func (s *Set) block(row string) (Block, bool) {
	x, t := s.values[row][Unit], s.values[row]["sec/op"]
	if len(x) == 0 || len(x) != len(t) {
		return Block{}, false
	}
	floors := make([]float64, len(x))
	for i := range x {
		floors[i] = t[i] / x[i]
	}
	return Block{median(x), median(floors)}, true
}

// judge tests the pairs of one row.
func judge(row string, pairs []Pair) Finding {
	f := Finding{Row: row, Unit: Unit}
	var d, before, after []float64
	for _, p := range pairs {
		if !p.matched() {
			f.Unpaired++
			continue
		}
		d = append(d, math.Log(p.New.XFloor/p.Old.XFloor))
		before, after = append(before, p.Old.XFloor), append(after, p.New.XFloor)
	}
	if len(d) > 0 {
		f.Old, f.New = median(before), median(after)
	}
	f.set(signedRank(d, 0.95))
	return f
}

func median(xs []float64) float64 {
	s := slices.Clone(xs)
	slices.Sort(s)
	return quantile(s, 0.5)
}

func logs(xs []float64) []float64 {
	out := make([]float64, len(xs))
	for i, x := range xs {
		out[i] = math.Log(x)
	}
	return out
}
