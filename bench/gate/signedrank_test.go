package gate

import (
	"math"
	"math/rand/v2"
	"testing"
)

// enumerate is the definition: all choices of signs.
func enumerate(d []float64) float64 {
	rank := func(i int) float64 {
		r := 0.0
		for j := range d {
			switch {
			case math.Abs(d[j]) < math.Abs(d[i]):
				r++
			case math.Abs(d[j]) == math.Abs(d[i]):
				r += 0.5
			}
		}
		return r + 0.5
	}
	var total, plus float64
	for i := range d {
		total += rank(i)
		if d[i] > 0 {
			plus += rank(i)
		}
	}
	extreme, hits := min(plus, total-plus), 0
	for signs := range 1 << len(d) {
		sum := 0.0
		for i := range d {
			if signs>>i&1 == 1 {
				sum += rank(i)
			}
		}
		if sum <= extreme {
			hits++
		}
	}
	return min(1, 2*float64(hits)/float64(int(1)<<len(d)))
}

func TestSignedRankIsExactAlsoWithTies(t *testing.T) {
	for _, d := range [][]float64{
		{1, 2, 3, 4, 5, 6}, {1, -2, 3, -4, 5, 6, 7}, {1, 1, -1, 2, 2, -3, 4, 4}, {-5}, {3, 3, 3, 3, -3},
		{0.3, -0.1, 0.7, 0.2, -0.4, 0.9, 1.1, 0.5, -0.6, 0.8},
	} {
		if got, want := signedRank(d, 0.95).p, enumerate(d); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v: p %v, want %v", d, got, want)
		}
	}
	if e := signedRank([]float64{0, 0}, 0.95); e.p != 1 || e.n != 0 {
		t.Errorf("nothing but equal figures: %+v", e)
	}
}

func TestTheIntervalCoversAsOftenAsItSays(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const runs, n, at = 1500, 14, 0.4
	covered, rejected := 0, 0
	for range runs {
		d := make([]float64, n)
		for i := range d {
			d[i] = at + r.NormFloat64()*math.Exp(r.NormFloat64()) // heavy tails
		}
		e := signedRank(d, 0.95)
		if e.lo <= at && at <= e.hi {
			covered++
		}
		for i := range d {
			d[i] -= at
		}
		if signedRank(d, 0.95).p < 0.05 {
			rejected++
		}
	}
	if c := float64(covered) / runs; c < 0.94 || c > 0.97 {
		t.Errorf("covers in %.3f of the cases", c)
	}
	if c := float64(rejected) / runs; c < 0.03 || c > 0.06 {
		t.Errorf("rejects what is true in %.3f of the cases", c)
	}
}

func TestTheNormalApproximationMeetsTheExactTest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	ranks := make([]int, exactUpTo)
	for i := range ranks {
		ranks[i] = 2 * (i + 1)
	}
	exact := rankSums(ranks)
	near := rankSums(append(ranks, 2*(exactUpTo+1)))
	for range 20 {
		s := r.IntN(exactUpTo * exactUpTo)
		if a, b := exact(s), near(s+exactUpTo+1); math.Abs(a-b) > 0.02 {
			t.Errorf("at %d: exact %v, one more rank %v", s, a, b)
		}
	}
}

func TestHolmCorrectsFromTheSmallestUp(t *testing.T) {
	got := holm([]float64{0.01, 0.04, 0.03, 0.005})
	want := []float64{0.03, 0.06, 0.06, 0.02}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Fatalf("%v, want %v", got, want)
		}
	}
}

func TestBinomialIntervalsAreThoseOfTheTables(t *testing.T) {
	for _, c := range []struct {
		hits, n int
		lo, hi  float64
	}{{0, 20, 0, 0.1684}, {5, 100, 0.0164, 0.1128}, {95, 100, 0.8872, 0.9836}, {20, 20, 0.8316, 1}, {1, 2, 0.0126, 0.9874}} {
		lo, hi := Binomial(c.hits, c.n, 0.95)
		if math.Abs(lo-c.lo) > 1e-4 || math.Abs(hi-c.hi) > 1e-4 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", c.hits, c.n, lo, hi, c.lo, c.hi)
		}
	}
}
