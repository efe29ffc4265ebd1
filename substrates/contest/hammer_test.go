package contest_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/orbitring/orbit/substrates/contest"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

const (
	hammerers = 4                    // processes that contend
	labels    = 4                    // subjects at a time
	epoch     = 5 * time.Millisecond // after which there are others: a history that is short can be checked
)

// mode is a way to hammer.
type mode struct {
	name     string
	subjects int
	steps    bool // the members' clocks jump, each on its own
}

// With clocks that jump every subject has a row of its own: who writes a row
// forgets what is over in it by its own clock, and then a subject beside it would
// end by the clock of somebody who never claimed it.
var modes = []mode{
	{name: "clocks that jump, a row for each subject", subjects: 1024, steps: true},
	{name: "one clock, one row for all subjects", subjects: 16},
}

// hammerer contends until the test is done with it: "FLEET NODE MODE LIFE LOG".
func hammerer(p *fleettest.Parent, args []string) error {
	numbers := [3]int{}
	for i := range numbers {
		numbers[i], _ = strconv.Atoi(args[1+i])
	}
	node, m, number := numbers[0], modes[numbers[1]], numbers[2]
	f, err := fleet.JoinShared(args[0], fleet.Options{Size: hammerers + 1, Node: fleet.Node(node)})
	if err != nil {
		return err
	}
	defer f.Close()
	h := &contender{random: rand.New(rand.NewPCG(uint64(node), uint64(number))), mode: m,
		next: uint64(node+1)<<48 | uint64(number)<<28, names: map[uint64]contest.Subject{}}
	if h.table, err = contest.Open(f, contest.Options{Subjects: m.subjects, Clock: func() time.Duration { return h.now }}); err != nil {
		return err
	}
	if h.log, err = os.OpenFile(args[4], os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	defer h.log.Close()
	p.Say("%d", os.Getpid())
	var leave atomic.Bool
	go func() { p.Stay(); leave.Store(true) }()
	for !leave.Load() {
		if err := h.act(); err != nil {
			return err
		}
	}
	return nil
}

// contender is a hammerer from its start to its end.
type contender struct {
	mode
	table  *contest.Table
	log    *os.File
	end    int64
	random *rand.Rand
	now    time.Duration // what its clock shows
	jump   time.Duration // by how much that is wrong
	next   uint64
	guards []held
	names  map[uint64]contest.Subject
}

type held struct {
	contest.Guard
	claim, subject uint64
}

// name returns the subject of a number. All processes find the same.
func (h *contender) name(n uint64) contest.Subject {
	s, ok := h.names[n]
	for salt := 0; !ok; salt++ {
		s = named(fmt.Sprintf("%d.%d", n, salt))
		row, rows := h.table.RowOf(s)
		ok = !h.steps || uint64(row) == n%uint64(rows)
	}
	if len(h.names) > 100 {
		clear(h.names)
	}
	h.names[n] = s
	return s
}

// act does one operation and logs it before and after.
func (h *contender) act() error {
	real := fleet.Now()
	if h.steps && h.random.IntN(50) == 0 {
		h.jump = time.Duration(h.random.IntN(400)-200) * time.Microsecond
	}
	h.next++
	e := event{id: h.next, verb: doClaim, now: real + h.jump,
		ttl: time.Duration(1 + h.random.ExpFloat64()*float64(60*time.Microsecond))}
	e.subject = uint64(real/epoch)*labels + uint64(h.random.IntN(labels))
	s := h.name(e.subject)
	at := -1
	switch n := h.random.IntN(10); {
	case n < 1:
		e.verb = doLook
	case n < 5 && len(h.guards) > 0:
		at = h.random.IntN(len(h.guards))
		e.verb, e.guard, e.subject = doRenew, h.guards[at].claim, h.guards[at].subject
		if n < 3 {
			e.verb = doRelease
		}
	}
	e.call = fleet.Now()
	if err := h.write(e.asked()); err != nil {
		return err
	}
	h.now = e.now
	var err error
	switch e.verb {
	case doClaim:
		var g contest.Guard
		var who contest.Holder
		if g, who, err = h.table.Claim(s, strconv.FormatUint(e.id, 10), e.ttl); err != nil {
			break
		}
		e.outcome, e.token, e.until = won, g.Token, g.Until
		if g.Won() {
			h.guards = append(h.guards, held{g, e.id, e.subject})
			break
		}
		e.outcome, e.token, e.until = yielded, who.Token, who.Until
		e.holder, _ = strconv.ParseUint(who.Owner(), 10, 64)
	case doLook:
		var who contest.Holder
		var ok bool
		if who, ok, err = h.table.Holder(s); err != nil {
			break
		}
		e.outcome = isFree
		if ok {
			e.outcome, e.token, e.until = isHeld, who.Token, who.Until
			e.holder, _ = strconv.ParseUint(who.Owner(), 10, 64)
		}
	case doRenew:
		e.until, err = h.guards[at].Renew(e.ttl)
		e.outcome = done
	case doRelease:
		err = h.guards[at].Release()
		e.outcome = done
	}
	switch {
	case errors.Is(err, contest.ErrLost):
		e.outcome = isLost
	case errors.Is(err, contest.ErrFull):
		e.outcome = isFull
	case err != nil:
		return err
	}
	if at >= 0 && (e.verb == doRelease || e.outcome == isLost) {
		h.guards = slices.Delete(h.guards, at, at+1)
	}
	if len(h.guards) > 8 {
		h.guards = h.guards[1:] // left to expire
	}
	e.ret = fleet.Now()
	return h.write(e.answered())
}

func (h *contender) write(b [half]byte) error {
	_, err := h.log.WriteAt(b[:], h.end)
	h.end += half
	return err
}

// torment keeps one node of the fleet contending until the deadline, stopping it,
// killing it and starting it again, and returns what all its lives did.
func torment(t *testing.T, name string, node, m int, until time.Time, count *[3]int) (all []event) {
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), uint64(node)))
	dir := t.TempDir()
	for n := 1; time.Now().Before(until); n++ {
		path := filepath.Join(dir, fmt.Sprint(n))
		c := fleettest.Start(t, "hammerer", name, fmt.Sprint(node), fmt.Sprint(m), fmt.Sprint(n), path)
		pid, err := strconv.Atoi(c.Hear())
		if err != nil {
			t.Errorf("hammerer: %v", err)
			return all
		}
		for range 1 + random.IntN(12) {
			time.Sleep(time.Duration(random.IntN(15000)) * time.Microsecond)
			syscall.Kill(pid, syscall.SIGSTOP)
			time.Sleep(time.Duration(random.IntN(3000)) * time.Microsecond)
			syscall.Kill(pid, syscall.SIGCONT)
			count[0]++
		}
		if random.IntN(4) == 0 {
			c.Leave()
			count[2]++
		} else {
			c.Kill()
			count[1]++
		}
		events, err := readLog(path, fleet.Now())
		if err != nil {
			t.Error(err)
		}
		os.Remove(path)
		all = append(all, events...)
	}
	return all
}

// TestHammer contends for a second in each mode, or half as long as ORBIT_HAMMER
// says, in rounds whose histories are checked before the next begins.
func TestHammer(t *testing.T) {
	d := time.Second
	if text := os.Getenv("ORBIT_HAMMER"); text != "" {
		all, err := time.ParseDuration(text)
		must(t, err)
		d = all / time.Duration(len(modes))
	}
	for i, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			f := fleettest.Shared(t, fleettest.Name(t), hammerers+1, hammerers)
			h := &hammer{mode: i, fleet: f, table: open(t, f, contest.Options{Subjects: m.subjects})}
			for begun := time.Now(); time.Since(begun) < d && !t.Failed(); {
				h.round(t, min(d, 2*time.Second))
			}
			h.report(t)
		})
	}
}

// hammer is a run in one mode.
type hammer struct {
	mode  int
	fleet *fleet.Fleet
	table *contest.Table

	took      time.Duration
	outcomes  [isFull + 1]int
	claims    int
	deeds     [3]int // stops, kills, and those who left
	subjects  int
	largest   int // operations on one subject
	lastToken uint64
}

// round contends for so long and checks what was done. The next round begins with
// other subjects: it takes the children longer than an epoch to start.
func (h *hammer) round(t *testing.T, d time.Duration) {
	var all [hammerers][]event
	var deeds [hammerers][3]int
	var group sync.WaitGroup
	begun := time.Now()
	for node := range hammerers {
		group.Go(func() { all[node] = torment(t, h.fleet.Name(), node, h.mode, begun.Add(d), &deeds[node]) })
	}
	group.Wait()
	h.took += time.Since(begun)
	must(t, h.table.Cells())
	subjects, tokens := map[uint64][]event{}, []uint64{h.lastToken}
	for node, events := range all {
		for _, e := range events {
			subjects[e.subject] = append(subjects[e.subject], e)
			h.outcomes[e.outcome]++
			if e.verb == doClaim {
				h.claims++
			}
			if e.outcome == won {
				tokens = append(tokens, e.token)
			}
		}
		for i, n := range deeds[node] {
			h.deeds[i] += n
		}
	}
	slices.Sort(tokens)
	if tokens[0] != h.lastToken {
		t.Errorf("token %d after %d", tokens[0], h.lastToken)
	}
	for i := 1; i < len(tokens); i++ {
		if tokens[i] == tokens[i-1] {
			t.Errorf("token %d was handed out twice", tokens[i])
		}
	}
	h.lastToken = tokens[len(tokens)-1]
	h.largest = max(h.largest, verify(t, subjects, !modes[h.mode].steps))
	h.subjects += len(subjects)
}

// report says what was seen, and fails on what was not.
func (h *hammer) report(t *testing.T) {
	o := h.outcomes
	t.Logf("%d claims in %v: %d won, %d yielded; %d renewals and releases, %d lost; looks: %d held, %d free; %d refused as full; %d stops, %d kills (%d inside an operation), %d left; %d subjects checked, the largest with %d operations",
		h.claims, h.took.Round(time.Millisecond), o[won], o[yielded], o[done], o[isLost], o[isHeld], o[isFree],
		o[isFull], h.deeds[0], h.deeds[1], o[unknown], h.deeds[2], h.subjects, h.largest)
	for what, n := range map[string]int{"wins": o[won], "yields": o[yielded], "renewals and releases": o[done],
		"losses": o[isLost], "looks": o[isHeld], "kills": h.deeds[1], "stops": h.deeds[0]} {
		if n == 0 {
			t.Errorf("the hammer saw no %s", what)
		}
	}
}

// verify checks the history of every subject, and returns how long the longest is.
func verify(t *testing.T, subjects map[uint64][]event, oneClock bool) (largest int) {
	todo := make(chan []event)
	var group sync.WaitGroup
	var failed atomic.Int32
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for events := range todo {
				if r := check(events, oneClock, time.Minute); r != porcupine.Ok && failed.Add(1) <= 3 {
					t.Errorf("subject %d, %d operations: %v\n%s", events[0].subject, len(events), r, tail(events))
				}
			}
		})
	}
	for _, events := range subjects {
		largest = max(largest, len(events))
		todo <- events
	}
	close(todo)
	group.Wait()
	return largest
}

// tail shows the beginning of a history that nothing explains.
func tail(events []event) string {
	slices.SortFunc(events, func(a, b event) int { return cmp.Compare(a.call, b.call) })
	var b strings.Builder
	for _, e := range events[:min(len(events), 40)] {
		fmt.Fprintf(&b, "%+v\n", e)
	}
	return b.String()
}
