package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// A Duel says how two binaries are compared.
type Duel struct {
	Old, New string   // paths of orbitbench binaries
	Flags    []string // of run, for both
	Rounds   int      // pairs wanted of every row
	Within   time.Duration
	Seed     uint64
	Rule     Rule
}

// Progress is told after every round.
type Progress struct {
	Round, Rounds int // Rounds grows where pairs have to be replaced
	Left          time.Duration
}

// An Outcome is what a duel found, and all it was found from.
type Outcome struct {
	Judgement *Judgement        `json:"judgement"`
	Flags     []string          `json:"flags"`
	Rounds    int               `json:"rounds"`
	Seed      uint64            `json:"seed"`
	Seconds   float64           `json:"seconds"`
	Failures  []string          `json:"failures,omitempty"` // runs that were repeated, and why
	Pairs     map[string][]Pair `json:"pairs"`
	OldText   []byte            `json:"-"` // the output of every run, benchmark text
	NewText   []byte            `json:"-"`
}

// ErrBinary: one of the two binaries cannot be measured.
var ErrBinary = errors.New("cannot be measured")

// Check says what is wrong before anything is run.
func (d Duel) Check() error {
	for _, path := range []string{d.Old, d.New} {
		if _, err := exec.LookPath(path); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrBinary, path, errors.Unwrap(err))
		}
	}
	return nil
}

// Interleave runs both binaries in turn, round by round, until every row has
// the pairs that were asked for, or the time is over. The number of rounds
// depends on floors and on the clock, not on the figures.
func Interleave(ctx context.Context, d Duel, tell func(Progress)) (*Outcome, error) {
	old, err := newSet()
	if err != nil {
		return nil, err
	}
	new, err := newSet()
	if err != nil {
		return nil, err
	}
	out := &Outcome{Flags: d.Flags, Seed: d.Seed, Pairs: map[string][]Pair{}}
	var oldText, newText bytes.Buffer
	coin := rand.New(rand.NewPCG(d.Seed, 0))
	began, newFirst := time.Now(), false
	for round := 0; ; round++ {
		// Chance orders one round, the next has it the other way round: drift
		// within a round then falls on both alike.
		if newFirst = !newFirst; round%2 == 0 {
			newFirst = coin.IntN(2) == 0
		}
		sides := []*side{{d.Old, old, &oldText, nil}, {d.New, new, &newText, nil}}
		if newFirst {
			slices.Reverse(sides)
		}
		for _, s := range sides {
			err := s.run(ctx, d.Flags)
			if errors.Is(err, ErrBinary) {
				// A host that is loaded enough lets a sample fail by standing
				// still for seconds. A build that is broken fails again.
				out.Failures = append(out.Failures, err.Error())
				err = s.run(ctx, d.Flags)
			}
			if err != nil {
				return nil, err
			}
		}
		if newFirst {
			slices.Reverse(sides)
		}
		if err := out.pair(sides[0].last, sides[1].last, newFirst); err != nil {
			return nil, err
		}
		out.Rounds = round + 1
		missing := out.missing(d.Rounds)
		elapsed := time.Since(began)
		perRound := elapsed / time.Duration(out.Rounds)
		left := min(perRound*time.Duration(missing), d.Within-elapsed)
		tell(Progress{out.Rounds, out.Rounds + missing, left})
		if missing == 0 || elapsed+perRound > d.Within {
			break
		}
	}
	out.Seconds = time.Since(began).Seconds()
	out.OldText, out.NewText = oldText.Bytes(), newText.Bytes()
	out.judge(d.Rule, old, new)
	return out, nil
}

// missing is how many more rounds would give every row its pairs, if no more
// were spoilt. A row that is spoilt two times in three is not waited for.
func (o *Outcome) missing(want int) int {
	most := 0
	for _, pairs := range o.Pairs {
		matched := 0
		for _, p := range pairs {
			if p.matched() {
				matched++
			}
		}
		most = max(most, want-matched)
	}
	return max(0, min(most, 3*want-o.Rounds))
}

func (o *Outcome) pair(old, new *Set, newFirst bool) error {
	rows, _, _ := common(old, new)
	found := false
	for _, row := range rows {
		a, ok1 := old.block(row)
		b, ok2 := new.block(row)
		if ok1 && ok2 {
			o.Pairs[row] = append(o.Pairs[row], Pair{a, b, newFirst})
			found = true
		}
	}
	if !found {
		return fmt.Errorf("%w: the two binaries have no row of Orbit's in common", ErrBinary)
	}
	return nil
}

func (o *Outcome) judge(rule Rule, old, new *Set) {
	rows, onlyOld, onlyNew := common(old, new)
	j := &Judgement{Rule: rule, Paired: true, OnlyOld: onlyOld, OnlyNew: onlyNew}
	for _, row := range rows {
		j.Findings = append(j.Findings, judge(row, o.Pairs[row]))
	}
	j.Findings = append(j.Findings, exact(old, new, rows)...)
	j.conclude()
	o.Judgement = j
}

// A side is one of the two binaries.
type side struct {
	path string
	all  *Set          // every sample
	text *bytes.Buffer // and the text it came from
	last *Set          // those of the last round
}

// run lets the binary measure once, in fresh processes.
func (s *side) run(ctx context.Context, flags []string) error {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, s.path, append([]string{"run", "--format=bench"}, flags...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it cleans up
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w: %s: %v: %s", ErrBinary, s.path, err, lastLine(stderr.String()))
	}
	var err error
	if s.last, err = newSet(); err != nil {
		return err
	}
	for _, set := range []*Set{s.last, s.all} {
		if _, err := set.add(bytes.NewReader(stdout.Bytes()), s.path); err != nil {
			return err
		}
	}
	s.text.Write(stdout.Bytes())
	return nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
