package gate

import (
	"fmt"
	"math"
	"slices"
)

// A Verdict is what can be said of a row, or of all of them.
type Verdict string

const (
	// Regression: slower than chance explains, by the threshold or more.
	Regression Verdict = "regression"
	// Improvement: the same in the other direction.
	Improvement Verdict = "improvement"
	// Below: a difference that chance does not explain, under the threshold.
	Below Verdict = "below threshold"
	// Same: no difference that can be told from chance, and none as large as
	// the threshold is likely.
	Same Verdict = "no difference"
	// CannotTell: no difference that can be told from chance, but one as large
	// as the threshold cannot be ruled out either.
	CannotTell Verdict = "cannot tell"
)

// A Rule is by what it is decided.
type Rule struct {
	Threshold float64 `json:"threshold"` // 0.05: 5 % slower and less is let pass
	Alpha     float64 `json:"alpha"`     // chance of a false difference among all rows
}

// DefaultRule is 5 % at 0.05.
var DefaultRule = Rule{Threshold: 0.05, Alpha: 0.05}

// Unit is the metric by which time is compared.
const Unit = "x-floor"

// A Finding is what became of one metric of one row.
type Finding struct {
	Row      string  `json:"row"`
	Unit     string  `json:"unit"`
	Old      float64 `json:"old"` // medians
	New      float64 `json:"new"`
	N        int     `json:"n"`        // pairs; of recorded runs, the smaller number of samples
	Unpaired int     `json:"unpaired"` // pairs that were no pairs, their floors being apart
	Ratio    float64 `json:"ratio"`    // new over old, estimated; above 1 is worse
	Lo       float64 `json:"ratio_lo"` // 95 % interval; 0: unbounded
	Hi       float64 `json:"ratio_hi"` // 0: unbounded
	P        float64 `json:"p"`        // of the row alone
	Adjusted float64 `json:"p_holm"`   // among all rows
	Exact    bool    `json:"exact"`    // compared as it is, not tested
	Verdict  Verdict `json:"verdict"`  //
	More     int     `json:"more"`     // samples that would be needed to tell, about
	Note     string  `json:"note,omitempty"`
}

// A Judgement is all findings and what they amount to.
type Judgement struct {
	Rule     Rule      `json:"rule"`
	Paired   bool      `json:"interleaved"`
	Verdict  Verdict   `json:"verdict"`
	Findings []Finding `json:"findings"`
	OnlyOld  []string  `json:"only_old,omitempty"`
	OnlyNew  []string  `json:"only_new,omitempty"`
}

// conclude corrects the findings for their number and decides each, then all.
func (j *Judgement) conclude() {
	var ps []float64
	var timed []*Finding
	for i := range j.Findings {
		if f := &j.Findings[i]; !f.Exact {
			ps, timed = append(ps, f.P), append(timed, f)
		}
	}
	for i, p := range holm(ps) {
		timed[i].Adjusted = p
		timed[i].decide(j.Rule, len(ps))
	}
	// From the least to the most important.
	order := []Verdict{Same, Below, Improvement, CannotTell, Regression}
	j.Verdict = Same
	for _, f := range j.Findings {
		if slices.Index(order, f.Verdict) > slices.Index(order, j.Verdict) {
			j.Verdict = f.Verdict
		}
	}
	if j.Verdict == Below {
		j.Verdict = Same
	}
}

// decide gives the verdict of a tested row among rows.
func (f *Finding) decide(r Rule, rows int) {
	limit := 1 + r.Threshold
	switch {
	case f.Adjusted < r.Alpha && f.Ratio >= limit:
		f.Verdict = Regression
	case f.Adjusted < r.Alpha && f.Ratio <= 1/limit:
		f.Verdict = Improvement
	case f.Adjusted < r.Alpha:
		f.Verdict = Below
	case f.Hi != 0 && f.Hi < limit && f.Lo > 1/limit:
		f.Verdict = Same
	default:
		f.Verdict, f.More = CannotTell, f.need(r, rows)
	}
}

// need is about how many more pairs would find a difference as large as the
// threshold four times in five, going by how wide the interval is now.
func (f *Finding) need(r Rule, rows int) int {
	// With fewer pairs even the clearest outcome is not clear enough.
	least := int(math.Ceil(1 + math.Log2(float64(rows)/r.Alpha)))
	if f.Hi == 0 || f.Lo == 0 {
		return max(1, least+5-f.N)
	}
	deviation := math.Log(f.Hi/f.Lo) / 2 / z(0.975) * math.Sqrt(float64(f.N))
	power := z(1-r.Alpha/2/float64(rows)) + z(0.8)
	n := math.Pow(power*deviation/math.Log1p(r.Threshold), 2)
	return max(1, max(least, int(math.Ceil(min(n, 1e6))))-f.N)
}

// set puts an estimate of logarithms into the finding.
func (f *Finding) set(e estimate) {
	f.N, f.P = e.n, e.p
	f.Ratio, f.Lo, f.Hi = math.Exp(e.at), math.Exp(e.lo), math.Exp(e.hi)
	if math.IsInf(e.lo, 0) || math.IsInf(e.hi, 0) {
		f.Lo, f.Hi = 0, 0 // JSON knows no infinity
	}
}

// exactly compares a metric that has no distribution. better says which way is:
// -1 lower, 1 higher, 0 neither, as benchfmt does.
func exactly(row, unit string, old, new []float64, better int) Finding {
	f := Finding{Row: row, Unit: unit, Exact: true, N: min(len(old), len(new)), Verdict: Same}
	f.Old, f.New = slices.Max(old), slices.Max(new)
	if better > 0 {
		f.Old, f.New = slices.Min(old), slices.Min(new)
	}
	f.Ratio = 1
	if f.Old != f.New && f.Old != 0 {
		f.Ratio = f.New / f.Old
	}
	switch {
	case f.Old == f.New:
	case better == 0:
		f.Verdict, f.Note = Below, "differs, and neither way is better"
	case (f.New > f.Old) == (better < 0):
		f.Verdict = Regression
	default:
		f.Verdict = Improvement
	}
	if slices.Min(old) != slices.Max(old) || slices.Min(new) != slices.Max(new) {
		f.Note = fmt.Sprintf("not the same in every sample: old %v to %v, new %v to %v",
			slices.Min(old), slices.Max(old), slices.Min(new), slices.Max(new))
	}
	return f
}
