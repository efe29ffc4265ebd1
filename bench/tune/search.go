package tune

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/orbitring/orbit/bench"
)

// A Result is the pick and all that led to it.
type Result struct {
	Load      Load    `json:"load"`
	Pick      Trial   `json:"pick"`
	Confirmed Trial   `json:"confirmed"`          // fresh runs of the pick, without the margin
	Half      Trial   `json:"half"`               // and of half its capacity
	Rejected  []Trial `json:"rejected,omitempty"` // picks that did not hold in fresh runs
	Trials    []Trial `json:"trials"`             // of the search, in the order in which they were made
}

// ErrBudget: no shape within the budget holds.
var ErrBudget = errors.New("no ring within the budget holds this load")

// Progress is told before every trial.
type Progress struct {
	Done, Expected int
	Shape          Shape
}

// A search in progress.
type search struct {
	Load
	run    func(ctx context.Context, s Shape, margin float64, samples, enough int) (Trial, error)
	tell   func(Progress)
	done   int
	left   int
	result Result
}

// Search finds the pick for a load.
func Search(ctx context.Context, l Load, tell func(Progress)) (*Result, error) {
	if err := l.Check(); err != nil {
		return nil, err
	}
	s := &search{Load: l, run: l.try, tell: tell}
	return s.find(ctx)
}

func (s *search) find(ctx context.Context) (*Result, error) {
	l := s.Load
	s.left, s.result.Load = 3*len(l.Rings)*len(l.Waits)+3, l
	var found []Trial
	for _, ring := range l.Rings {
		begin := powerOfTwo(l.need(ring) * l.Margin)
		for _, wait := range l.Waits {
			t, err := s.smallest(ctx, Shape{Ring: ring, Wait: wait, Capacity: begin})
			switch {
			case errors.Is(err, ErrBudget):
				continue
			case err != nil:
				return nil, err
			}
			found = append(found, t)
			begin = t.Capacity
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%w: even %s lose messages, or are too large for %s; allow more (-budget), or ask for less",
			ErrBudget, s.largest(), Size(l.Budget))
	}
	pick := slices.MinFunc(found, func(a, b Trial) int {
		return cmp.Or(cmp.Compare(s.slots(a.Shape), s.slots(b.Shape)), cmp.Compare(a.P50, b.P50))
	})
	if err := s.widen(ctx, pick); err != nil {
		return nil, err
	}
	for {
		ok, err := s.confirm(ctx, pick)
		if err != nil {
			return nil, err
		}
		if ok {
			return &s.result, nil
		}
		s.result.Rejected = append(s.result.Rejected, s.result.Confirmed)
		pick.Capacity *= 2
		if s.Bytes(pick.Shape) > l.Budget {
			return nil, fmt.Errorf("%w: %d slots lost messages in a confirming run, and twice as many are %s",
				ErrBudget, pick.Capacity/2, Size(s.Bytes(pick.Shape)))
		}
		if pick, err = s.trial(ctx, pick.Shape, l.Margin, l.Tries); err != nil {
			return nil, err
		}
	}
}

// trial makes one trial of the search.
func (s *search) trial(ctx context.Context, x Shape, margin float64, samples int) (Trial, error) {
	s.tell(Progress{s.done, max(s.left, s.done+1), x})
	t, err := s.run(ctx, x, margin, samples, 2)
	s.done++
	if err == nil {
		s.result.Trials = append(s.result.Trials, t)
	}
	return t, err
}

// smallest halves the capacity while it holds, or doubles it until it does.
func (s *search) smallest(ctx context.Context, x Shape) (Trial, error) {
	var best Trial
	for {
		if s.Bytes(x) > s.Budget {
			if best.Samples > 0 {
				return best, nil
			}
			return best, ErrBudget
		}
		t, err := s.trial(ctx, x, s.Margin, s.Tries)
		switch {
		case err != nil:
			return t, err
		case t.Holds() && best.Lossy > 0: // doubled, and holds now
			return t, nil
		case t.Holds() && x.Capacity <= 2:
			return t, nil
		case t.Holds():
			best = t
			x.Capacity /= 2
		case best.Samples > 0 && best.Lossy == 0: // halved once too often
			return best, nil
		default:
			best = t
			x.Capacity *= 2
			if s.Bytes(x) > s.Budget {
				return best, ErrBudget
			}
		}
	}
}

// widen tries the pick with slots that begin on pairs of lines.
func (s *search) widen(ctx context.Context, pick Trial) error {
	x := pick.Shape
	x.Stride = (x.Stride + 127) &^ 127
	if x.Stride == pick.Stride {
		x.Stride += 128
	}
	if s.Bytes(x) > s.Budget {
		return nil
	}
	_, err := s.trial(ctx, x, s.Margin, s.Tries)
	return err
}

// confirm runs the pick, and half of it, under the load as asked.
func (s *search) confirm(ctx context.Context, pick Trial) (bool, error) {
	s.result.Pick, s.result.Confirmed, s.result.Half = pick, Trial{}, Trial{}
	half := pick.Shape
	half.Capacity /= 2
	s.tell(Progress{s.done, max(s.left, s.done+1), pick.Shape})
	s.done++
	var err error
	if s.result.Confirmed, err = s.run(ctx, pick.Shape, 1, s.Runs, s.Runs+pardon); err != nil || !s.result.Confirmed.Holds() {
		return false, err
	}
	if half.Capacity < 2 {
		return true, nil
	}
	s.tell(Progress{s.done, max(s.left, s.done+1), half})
	s.done++
	s.result.Half, err = s.run(ctx, half, 1, s.Runs, s.Runs+pardon)
	return true, err
}

// largest names the largest capacity that was tried.
func (s *search) largest() string {
	var most uint64
	for _, t := range s.result.Trials {
		most = max(most, t.Capacity)
	}
	return fmt.Sprintf("%d slots", most)
}

// AllRings and AllWaits are what can be searched.
var (
	AllRings = []bench.Transport{bench.Lane, bench.Shared}
	AllWaits = []bench.Wait{bench.Auto, bench.Spin, bench.Yield, bench.Park}
)
