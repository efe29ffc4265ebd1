package gate

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Write writes the judgement for people: a row a metric, as benchstat does,
// then the verdict in one line.
func (j *Judgement) Write(w io.Writer) error {
	cells := [][]string{j.Head()}
	for _, f := range j.Findings {
		cells = append(cells, f.Cells())
	}
	var b strings.Builder
	width := make([]int, len(cells[0]))
	for _, row := range cells {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	for _, row := range cells {
		var line strings.Builder
		for i, c := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			if i > 0 {
				line.WriteString("  ")
			}
			if i == 0 || i == 1 || i == len(row)-1 {
				line.WriteString(c + pad)
			} else {
				line.WriteString(pad + c)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	for _, side := range []struct {
		name string
		rows []string
	}{{"old", j.OnlyOld}, {"new", j.OnlyNew}} {
		for _, row := range side.rows {
			fmt.Fprintf(&b, "only in %s, not compared: %s\n", side.name, short(row))
		}
	}
	fmt.Fprintf(&b, "\n%s\n", j.Sentence())
	_, err := io.WriteString(w, b.String())
	return err
}

// Head are the titles of the table's columns.
func (j *Judgement) Head() []string {
	return []string{"", "unit", "old", "new", "new/old", "95 % interval", "p", "n", "verdict"}
}

// Cells are a finding's columns.
func (f Finding) Cells() []string {
	verdict := string(f.Verdict)
	if f.Verdict == CannotTell {
		verdict = fmt.Sprintf("cannot tell: about %d more samples needed", f.More)
	}
	var notes []string
	if f.Unpaired > 0 {
		notes = append(notes, fmt.Sprintf("%d pairs with floors apart left out", f.Unpaired))
	}
	if f.Note != "" {
		notes = append(notes, f.Note)
	}
	if len(notes) > 0 {
		verdict += " (" + strings.Join(notes, "; ") + ")"
	}
	if f.Exact {
		return []string{short(f.Row), f.Unit, fmt.Sprint(f.Old), fmt.Sprint(f.New), percent(f.Ratio), "exact", "", fmt.Sprint(f.N), verdict}
	}
	interval := "unbounded"
	if f.Hi != 0 {
		interval = percent(f.Lo) + " … " + percent(f.Hi)
	}
	return []string{
		short(f.Row), f.Unit, fmt.Sprintf("%.4g", f.Old), fmt.Sprintf("%.4g", f.New),
		percent(f.Ratio), interval, fmt.Sprintf("%.2g", f.Adjusted), fmt.Sprint(f.N), verdict,
	}
}

// percent writes 1.05 as +5.0 %.
func percent(ratio float64) string { return fmt.Sprintf("%+.1f %%", 100*(ratio-1)) }

// Sentence is the verdict in one line.
func (j *Judgement) Sentence() string {
	of := func(v Verdict) (names []string, more int) {
		for _, f := range j.Findings {
			if f.Verdict == v {
				names, more = append(names, fmt.Sprintf("%s %s %s", short(f.Row), f.Unit, percent(f.Ratio))), max(more, f.More)
			}
		}
		return names, more
	}
	rule := fmt.Sprintf("p < %g among %d rows and at least %g %%", j.Rule.Alpha, j.timed(), 100*j.Rule.Threshold)
	names, more := of(j.Verdict)
	switch j.Verdict {
	case Regression:
		return fmt.Sprintf("REGRESSION (%s, or an exact metric): %s", rule, strings.Join(names, "; "))
	case Improvement:
		return fmt.Sprintf("improvement (%s): %s", rule, strings.Join(names, "; "))
	case CannotTell:
		return fmt.Sprintf("cannot tell: unsteady host, about %d more samples needed for %d of %d rows", more, len(names), j.timed())
	}
	return fmt.Sprintf("no difference (%s)", rule)
}

func (j *Judgement) timed() int {
	n := 0
	for _, f := range j.Findings {
		if !f.Exact {
			n++
		}
	}
	return n
}
