package gate

import (
	"math"
	"slices"
)

// An estimate is a location with its interval and the probability that chance
// alone puts it as far from 0.
type estimate struct {
	at, lo, hi float64
	p          float64
	n          int
}

// exactUpTo is how many pairs get the exact distribution of the statistic;
// the normal one cannot be told from it long before.
const exactUpTo = 200

// signedRank is Wilcoxon's signed-rank test of differences d (Wilcoxon 1945),
// two-sided, with the estimate and the interval that belong to it (Hodges and
// Lehmann 1963): the median of all averages of two. Differences of 0 are left
// out; equal ones share their ranks, and the distribution is that of the ranks
// as they are.
func signedRank(d []float64, confidence float64) estimate {
	d = slices.DeleteFunc(slices.Clone(d), func(x float64) bool { return x == 0 })
	n := len(d)
	if n == 0 {
		return estimate{p: 1, lo: math.Inf(-1), hi: math.Inf(1)}
	}
	slices.SortFunc(d, func(a, b float64) int { return compare(math.Abs(a), math.Abs(b)) })
	// Twice the ranks, so that shared ones are whole numbers too.
	ranks, plus := make([]int, n), 0
	for i := 0; i < n; {
		j := i
		for j < n && math.Abs(d[j]) == math.Abs(d[i]) {
			j++
		}
		for k := i; k < j; k++ {
			ranks[k] = i + j + 1
			if d[k] > 0 {
				plus += ranks[k]
			}
		}
		i = j
	}
	total := n * (n + 1)
	below := rankSums(ranks)
	e := estimate{n: n, p: min(1, 2*below(min(plus, total-plus)))}

	averages := make([]float64, 0, n*(n+1)/2)
	for i := range d {
		for j := i; j < n; j++ {
			averages = append(averages, (d[i]+d[j])/2)
		}
	}
	slices.Sort(averages)
	e.at = quantile(averages, 0.5)
	// As many averages are cut off at each end as the statistic may fall
	// short of with less than half the error.
	cut := 0
	for cut < len(averages)/2 && below(2*cut) <= (1-confidence)/2 {
		cut++
	}
	if cut == 0 {
		e.lo, e.hi = math.Inf(-1), math.Inf(1)
	} else {
		e.lo, e.hi = averages[cut-1], averages[len(averages)-cut]
	}
	return e
}

// rankSums returns the probability that the ranks with a positive sign sum to
// at most s, when every sign is a fair coin.
func rankSums(ranks []int) func(s int) float64 {
	total, squares := 0, 0.0
	for _, r := range ranks {
		total += r
		squares += float64(r) * float64(r)
	}
	if len(ranks) > exactUpTo {
		sd := math.Sqrt(squares) / 2
		return func(s int) float64 { return normal((float64(s) + 1 - float64(total)/2) / sd) }
	}
	chance := make([]float64, total+1)
	chance[0] = 1
	top := 0
	for _, r := range ranks {
		top += r
		for s := top; s >= 0; s-- {
			chance[s] /= 2
			if s >= r {
				chance[s] += chance[s-r] / 2
			}
		}
	}
	for s := 1; s <= total; s++ {
		chance[s] += chance[s-1]
	}
	return func(s int) float64 { return chance[min(max(s, 0), total)] }
}

// shift is the Hodges-Lehmann estimate for two samples that are not paired: the
// median of all differences of b and a, with the interval of the Mann-Whitney
// test in its normal approximation. p is left to benchmath.
func shift(a, b []float64, confidence float64) estimate {
	all := make([]float64, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			all = append(all, y-x)
		}
	}
	slices.Sort(all)
	m, n := float64(len(a)), float64(len(b))
	e := estimate{at: quantile(all, 0.5), lo: math.Inf(-1), hi: math.Inf(1), n: min(len(a), len(b))}
	cut := int(math.Floor(m*n/2 - z((1+confidence)/2)*math.Sqrt(m*n*(m+n+1)/12)))
	if cut >= 1 {
		e.lo, e.hi = all[cut-1], all[len(all)-cut]
	}
	return e
}

// holm corrects probabilities for being the smallest of several (Holm 1979).
func holm(ps []float64) []float64 {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return compare(ps[i], ps[j]) })
	out, most := make([]float64, len(ps)), 0.0
	for rank, i := range order {
		most = max(most, min(1, ps[i]*float64(len(ps)-rank)))
		out[i] = most
	}
	return out
}

// normal is the standard normal distribution, z its inverse.
func normal(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
func z(p float64) float64      { return math.Sqrt2 * math.Erfinv(2*p-1) }

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// Binomial is the interval of the chance of something that happened hits times
// in n (Clopper and Pearson 1934).
func Binomial(hits, n int, confidence float64) (lo, hi float64) {
	tail := (1 - confidence) / 2
	lo, hi = 0, 1
	if hits > 0 {
		lo = bisect(func(p float64) bool { return 1-atMost(hits-1, n, p) < tail })
	}
	if hits < n {
		hi = bisect(func(p float64) bool { return atMost(hits, n, p) > tail })
	}
	return lo, hi
}

// atMost is the probability of at most k successes in n with chance p each.
func atMost(k, n int, p float64) float64 {
	if p <= 0 {
		return 1
	}
	if p >= 1 {
		return 0
	}
	sum, all := 0.0, lgamma(n+1)
	for i := range k + 1 {
		sum += math.Exp(all - lgamma(i+1) - lgamma(n-i+1) + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return min(1, sum)
}

func lgamma(x int) float64 {
	y, _ := math.Lgamma(float64(x))
	return y
}

// bisect finds where f turns from true to false in 0 … 1.
func bisect(f func(float64) bool) float64 {
	lo, hi := 0.0, 1.0
	for range 60 {
		if mid := (lo + hi) / 2; f(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}
