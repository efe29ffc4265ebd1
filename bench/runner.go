package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Plan says what a run measures.
type Plan struct {
	Suite   string // its name, for the record
	Rows    []Spec
	Count   int // samples of each row
	Pin     Pinning
	Repeats int           // how often an unsteady sample is repeated at most
	Spare   time.Duration // and how long all repetitions together may take
	Copy    string        // name of the copy routines that workers are to use, "" for their own choice

	Overhead bool // also measure what the harness adds
}

// Check reports what is wrong with the plan, before anything is started.
func (p Plan) Check() error {
	work := false
	for _, s := range p.Rows {
		if err := s.Check(); err != nil {
			return fmt.Errorf("%v: %w", s, err)
		}
		work = work || s.Transport != Floor
	}
	if !work || p.Count < 1 {
		return errors.New("nothing to measure: this selection has no rows")
	}
	return nil
}

// ErrRoom: there is not enough shared memory for a row.
var ErrRoom = errors.New("not enough shared memory")

// checkRoom says whether the rings of every row fit, before anything is measured.
func (p Plan) checkRoom(free uint64) error {
	for _, s := range p.Rows {
		if !s.Transport.IsRing() {
			continue
		}
		g, err := s.geometry().Normalize()
		if err != nil {
			return err
		}
		need := g.Size()
		if s.Mode == PingPong {
			need *= 2
		}
		if need > free {
			return fmt.Errorf("%w: %v needs %s of /dev/shm, %s is free; mount it larger (Docker --shm-size) or ask for a smaller -capacity",
				ErrRoom, s, byteCount(need), byteCount(free))
		}
	}
	return nil
}

// Progress is told after every sample.
type Progress struct {
	Done, Total int
	Row         Spec
	Left        time.Duration // estimated
	Repeats     int
}

// Run carries out a plan. When ctx ends it stops at once and returns what there
// is, marked as interrupted. The error is for what prevents measuring at all;
// a row that fails is in the report.
func Run(ctx context.Context, p Plan, tell func(Progress)) (*Report, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	host := NewHost()
	if host.Shm != "" {
		if err := p.checkRoom(host.ShmFree); err != nil {
			return nil, err
		}
	}
	var largest Topology
	for _, s := range p.Rows {
		largest.Producers = max(largest.Producers, s.Topology.Producers)
		largest.Consumers = max(largest.Consumers, s.Topology.Consumers)
	}
	if tell == nil {
		tell = func(Progress) {}
	}
	r := &runner{plan: p, cpus: p.Pin.plan(), largest: largest, began: time.Now()}
	r.clock = newClock()
	report := &Report{
		Suite: p.Suite, Host: host, Began: r.began, Count: p.Count,
		Pinned: !r.cpus.unpinned(), Harness: harnessCost(p.Rows),
	}
	err := r.run(ctx, tell)
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	r.clock.finish()
	report.Interrupted = ctx.Err() != nil
	report.Clock, report.Repeats, report.Overhead = r.clock, r.repeats, r.extra
	report.Kernel = r.kernel
	if report.Pinned {
		report.Seats = r.cpus.seats(largest)
		for _, s := range report.Seats {
			report.CPUs = append(report.CPUs, s.CPU)
		}
		slices.Sort(report.CPUs)
		report.CPUs = slices.Compact(report.CPUs)
	}
	report.Elapsed = time.Since(r.began)
	report.finish(p.Rows, r.rows, r.floors)
	return report, nil
}

// A runner is a run in progress.
type runner struct {
	plan    Plan
	cpus    cpuPlan
	largest Topology
	clock   Clock
	crew    *crew
	began   time.Time

	rows    [][]Sample
	floors  map[floorKind][]floorSample
	last    map[floorKind]floorSample
	repeats int
	spent   time.Duration // on repetitions
	extra   []Overhead
	kernel  string
}

// run takes one sample of every row, then the next of every row: what the host
// does in one minute then falls on all rows alike.
func (r *runner) run(ctx context.Context, tell func(Progress)) error {
	r.rows = make([][]Sample, len(r.plan.Rows))
	r.floors, r.last = map[floorKind][]floorSample{}, map[floorKind]floorSample{}
	defer func() {
		if r.crew != nil {
			r.kernel = r.crew.kernel
			r.crew.close()
		}
	}()
	if err := r.raise(); err != nil {
		return err
	}
	if err := r.settle(ctx, r.kinds()); err != nil {
		return err
	}
	if k := r.crew.kernel; r.plan.Copy != "" && k != r.plan.Copy {
		return fmt.Errorf("%w: %q; with that asked for, this build on this processor uses %q", ErrCopy, r.plan.Copy, k)
	}
	err := r.compareClocks(ctx)
	if err != nil {
		return err
	}
	total, done := len(r.plan.Rows)*r.plan.Count, 0
	for range r.plan.Count {
		for i, s := range r.plan.Rows {
			done++
			if n := len(r.rows[i]); n > 0 && r.rows[i][n-1].Fail != "" {
				continue // a row that failed once has failed
			}
			x, err := r.sample(ctx, s)
			if err != nil {
				return err
			}
			r.rows[i] = append(r.rows[i], x)
			elapsed := time.Since(r.began)
			tell(Progress{done, total, s, elapsed / time.Duration(done) * time.Duration(total-done), r.repeats})
		}
	}
	if r.plan.Overhead {
		if r.extra, err = r.overhead(ctx); err != nil {
			return err
		}
	}
	return r.compareClocks(ctx)
}

// ErrCopy: the workers do not have the copy routines that were asked for.
var ErrCopy = errors.New("no such copy routines")

// raise starts the crew.
func (r *runner) raise() error {
	var err error
	r.crew, err = muster(r.largest, r.cpus, &r.clock, r.plan.Copy)
	r.last = map[floorKind]floorSample{}
	return err
}

// kinds are the floors that the plan needs, and their variants for the facts.
func (r *runner) kinds() []floorKind {
	var kinds []floorKind
	for _, s := range r.plan.Rows {
		k, _ := floorOf(s, r.crew.seats(s.Topology))
		if s.Mode == PingPong {
			kinds = append(kinds, floorKind{mode: PingPong, topology: pair, variant: overOneWord})
		}
		if s.Mode == Stream && k.topology == pair {
			kinds = append(kinds, floorKind{mode: Stream, topology: pair, variant: ofBareFrames})
		}
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b floorKind) int { return cmp.Compare(a.String(), b.String()) })
	return slices.Compact(kinds)
}

// floorTime is how long a floor is measured: no longer than a sample, because
// what both must fit into is a turn on a processor that others want too.
func (p Plan) floorTime() time.Duration {
	t := floorTime
	for _, s := range p.Rows {
		if s.Transport != Floor {
			t = min(t, s.Duration)
		}
	}
	return t
}

// settle measures floors a few times, for the facts and so that the first
// bracket knows how many messages take floorTime.
func (r *runner) settle(ctx context.Context, kinds []floorKind) error {
	for range 4 {
		for _, k := range kinds {
			if _, err := r.floor(ctx, k); err != nil {
				return err
			}
		}
	}
	return nil
}

// compareClocks notes how far the workers' clocks can be apart, if any row asks.
func (r *runner) compareClocks(ctx context.Context) error {
	if !slices.ContainsFunc(r.plan.Rows, func(s Spec) bool { return s.Mode.timed() }) {
		return nil
	}
	ns, err := r.crew.measureApart(ctx, r.largest)
	r.clock.Apart = max(r.clock.Apart, ns)
	return err
}

// MeasureFloors measures the floors count times and nothing else: of the stream
// in each topology, of the ping-pong, and of the wake-up.
func MeasureFloors(ctx context.Context, pin Pinning, topologies []Topology, count int) ([]FloorSpread, error) {
	r := &runner{cpus: pin.plan(), largest: pair, clock: newClock(), floors: map[floorKind][]floorSample{}}
	var kinds []floorKind
	for _, t := range topologies {
		r.largest.Producers = max(r.largest.Producers, t.Producers)
		r.largest.Consumers = max(r.largest.Consumers, t.Consumers)
		kinds = append(kinds, floorKind{mode: Stream, topology: t})
	}
	kinds = append(kinds, floorKind{mode: Stream, topology: pair, variant: ofBareFrames})
	kinds = append(kinds, floorKind{mode: PingPong, topology: pair}, floorKind{mode: PingPong, topology: pair, variant: overOneWord})
	if canWake {
		kinds = append(kinds, floorKind{mode: Wake, topology: pair})
	}
	if err := r.raise(); err != nil {
		return nil, err
	}
	defer r.crew.close()
	for range (count + 3) / 4 {
		if err := r.settle(ctx, kinds); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, err
		}
	}
	return spreads(r.floors), nil
}

// floor measures a floor for about floorTime, again if another process had one
// of the processors meanwhile: nobody's figure is repeated for that.
func (r *runner) floor(ctx context.Context, k floorKind) (floorSample, error) {
	for try := 1; ; try++ {
		f, err := r.floorOnce(ctx, k)
		if err != nil || f.Share >= leastShare {
			return f, err
		}
		if try == floorTries {
			r.floors[k] = append(r.floors[k], f) // none was left alone: show what there is
			return f, nil
		}
	}
}

func (r *runner) floorOnce(ctx context.Context, k floorKind) (floorSample, error) {
	n := uint64(2000) // a first look
	if l, ok := r.last[k]; ok {
		n = uint64(min(max(float64(r.plan.floorTime())/l.Nanos, 1000), 1<<22))
	}
	f, err := r.crew.measureFloor(ctx, k, n)
	if err != nil {
		return f, err
	}
	f.at = now()
	if _, ok := r.last[k]; ok && f.Share >= leastShare {
		r.floors[k] = append(r.floors[k], f)
	}
	r.last[k] = f
	return f, nil
}

// sample takes one bracketed sample, again if it was unsteady.
func (r *runner) sample(ctx context.Context, s Spec) (Sample, error) {
	k, part := floorOf(s, r.crew.seats(s.Topology))
	var best Sample
	have := false
	for attempt := 1; ; attempt++ {
		began := time.Now()
		before, ok := r.last[k]
		if !ok || now()-before.at > staleAfter {
			var err error
			if before, err = r.floor(ctx, k); err != nil {
				return best, err
			}
		}
		// A shorter sample is likelier to fit between two turns of whatever
		// disturbed the last one.
		again := s
		again.Duration = max(s.Duration>>(attempt-1), min(s.Duration, leastRepeat))
		if s.Mode == Rate {
			again = s // a timetable means what it says
		}
		x, err := r.attempt(ctx, again)
		switch {
		case ctx.Err() != nil:
			return best, ctx.Err()
		case errors.As(err, new(missed)) && attempt <= r.plan.Repeats && r.spent <= r.plan.Spare:
			r.repeats++
			r.spent += time.Since(began)
			continue
		case err != nil && have && errors.As(err, new(missed)):
			return best, nil // an unsteady figure is one
		case err != nil:
			x.Fail, x.Attempts = err.Error(), attempt
			if errors.Is(err, errDead) {
				r.crew.kill()
				r.crew.close()
				if err := r.raise(); err != nil {
					r.crew = nil
					return x, err
				}
			}
			return x, nil
		}
		after, err := r.floor(ctx, k)
		if err != nil {
			return best, err
		}
		x.bracket(before, after, part)
		if !have || x.steadier(best) {
			best, have = x, true
		}
		best.Attempts = attempt
		if attempt > 1 {
			r.spent += time.Since(began)
		}
		if best.Unsteady == "" || attempt > r.plan.Repeats || r.spent > r.plan.Spare {
			return best, nil
		}
		r.repeats++
	}
}

// attempt measures once; the floor's own row is just another floor.
func (r *runner) attempt(ctx context.Context, s Spec) (Sample, error) {
	if s.Transport != Floor {
		return r.crew.measure(ctx, s)
	}
	k, part := floorOf(s, r.crew.seats(s.Topology))
	f, err := r.floor(ctx, k)
	if err != nil {
		return Sample{}, err
	}
	return Sample{
		Nanos: f.Nanos * part, PerSec: 1e9 / f.Nanos, Ops: f.Count, Sent: f.Count, Share: f.Share,
		Counts: Counts{Delivered: f.Count * uint64(s.Topology.Consumers)},
	}, nil
}

// harnessCost is what sealing and checking one message of each payload costs,
// in ns, on one processor with everything in its nearest cache.
func harnessCost(rows []Spec) map[int]float64 {
	cost := map[int]float64{}
	for _, s := range rows {
		if _, ok := cost[s.Payload]; ok || s.Transport == Floor {
			continue
		}
		msg, l := make([]byte, s.Payload), newLedger(1)
		const n = 2000
		begin := time.Now()
		for seq := range uint64(n) {
			seal(msg, 0, seq)
			l.take(msg)
		}
		cost[s.Payload] = float64(time.Since(begin)) / n
	}
	return cost
}
