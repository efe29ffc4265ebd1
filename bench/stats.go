package bench

import (
	"math"
	"slices"
)

// quantile returns the value below which the share q of sorted xs lies, between
// neighbours by straight line; NaN without values.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// median of xs in any order; NaN without values.
func median(xs []float64) float64 {
	s := slices.Clone(xs)
	slices.Sort(s)
	return quantile(s, 0.5)
}

// Spread is what a handful of repeated figures amount to.
type Spread struct {
	N                int
	Min, Median, Max float64
	// Swing is the middle half of the values against the median: 0 is a
	// figure that never changes.
	Swing float64
}

func spread(xs []float64) Spread {
	s := slices.Clone(xs)
	slices.Sort(s)
	if len(s) == 0 {
		return Spread{}
	}
	m := quantile(s, 0.5)
	return Spread{len(s), s[0], m, s[len(s)-1], (quantile(s, 0.75) - quantile(s, 0.25)) / m}
}

// apart says by which factor two positive figures differ, minus one.
func apart(a, b float64) float64 {
	if a <= 0 || b <= 0 {
		return math.Inf(1)
	}
	return max(a, b)/min(a, b) - 1
}
