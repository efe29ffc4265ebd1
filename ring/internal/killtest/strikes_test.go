//go:build linux && amd64 && !race

package killtest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/orbitring/orbit/internal/killpoint"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

// kill ends the child where it stands and looks at two futures of that moment:
// the others go on before the victim's node is taken again, and after.
func (x *world) kill(c *killpoint.Child) (string, error) {
	if err := c.Kill(); err != nil {
		return "", err
	}
	m := x.moment()
	first, err := x.aftermath(false)
	if err != nil {
		return "", fmt.Errorf("others first: %w", err)
	}
	if err := x.restore(m); err != nil {
		return "", err
	}
	second, err := x.aftermath(true)
	if err != nil {
		return "", fmt.Errorf("rejoin first: %w", err)
	}
	if first != second && !x.overrun() {
		return "", fmt.Errorf("one moment has two outcomes: %s when others go on first, %s when the node rejoins first", first, second)
	}
	return first, nil
}

// lapAndKill lets others lap the stopped child before it dies.
func (x *world) lapAndKill(c *killpoint.Child) (string, error) {
	if err := x.tail.poll(); err != nil {
		return "", err
	}
	if !x.crowded() {
		if err := x.laps(3); err != nil {
			return "", err
		}
	}
	return x.kill(c)
}

// aftermath checks a ring whose victim is dead, with everything that must still
// go on, and names what became of its frames.
func (x *world) aftermath(rejoinFirst bool) (string, error) {
	left := x.leftover()
	if err := x.headIsHonest(); err != nil {
		return "", err
	}
	if err := x.tail.drain(); err != nil {
		return "", err
	}
	if rejoinFirst {
		x.tail.tracks() // it came late: from oldest
	}
	end := x.tail.cur.Position(int(x.lane()))
	if err := x.lookups(); err != nil {
		return "", err
	}
	fresh, err := x.follow("fresh", ring.Oldest)
	if err != nil {
		return "", err
	}
	defer fresh.cur.Close()
	var again *author
	rejoin := func() error {
		again, err = x.writer(x.again, victim, seqRejoin)
		if err != nil {
			return fmt.Errorf("the node cannot rejoin: %w", err)
		}
		return x.succeeds(again, end, rejoinFirst)
	}
	others := func() error { return x.laps(2) }
	steps := []func() error{others, fresh.drain, rejoin}
	if rejoinFirst {
		steps = []func() error{rejoin, fresh.drain, others}
	}
	for _, step := range append(steps, x.unblock, fresh.drain, x.settled) {
		if err := step(); err != nil {
			if again != nil {
				again.w.Close()
			}
			return "", err
		}
	}
	allowed := uint64(len(x.Sizes)) + x.scenario.holes + x.holes() - x.tail.base[0].holes + again.w.Stats().Holes
	if err := again.w.Close(); err != nil {
		return "", err
	}
	if err := x.judge(allowed, fresh); err != nil {
		return "", err
	}
	return x.outcome(left), nil
}

// succeeds lets the victim's next life publish 2 laps. In a lane it goes on where
// a reader stands, without a gap and without a frame twice.
func (x *world) succeeds(again *author, end uint64, first bool) error {
	p, err := again.publish()
	if err != nil {
		return err
	}
	if x.topology == layout.Lane && p != end {
		return fmt.Errorf("the next life begins at position %d, the visible frames end at %d", p, end)
	}
	if err := x.tail.poll(); err != nil {
		return err
	}
	return again.publishRead(2 * int(x.capacity))
}

// headIsHonest says whether every position that head counts is one that a reader
// can decide.
func (x *world) headIsHonest() error {
	head := x.head()
	for p := head - min(head, x.capacity); p < head; p++ {
		w, lap := x.word(p), x.id.Geometry.Lap(p)
		if w.Lap() < lap || x.topology == layout.Lane && w.Lap() == lap && w.State() != layout.Committed {
			return fmt.Errorf("head is %d, but position %d holds %v of lap %d, wanted lap %d", head, p, w.State(), w.Lap(), lap)
		}
	}
	return nil
}

// lookups asks for frames by id and for the newest one.
func (x *world) lookups() error {
	f, ok, err := newest(x.reader, int(x.lane()))
	if err == nil && ok {
		err = prove(f)
	}
	if err != nil {
		return fmt.Errorf("newest: %w", err)
	}
	for version := range x.open {
		at, seen := x.seen[version]
		if !seen {
			continue
		}
		f, ok, err := read(x.reader, idOf(version, at))
		if err == nil && ok {
			err = prove(f)
		}
		if err == nil && ok && f.Version != version {
			err = fmt.Errorf("has version %#x, want %#x", f.Version, version)
		}
		if err == nil && !ok && x.tail.cur.Position(int(x.lane()))-at <= x.capacity {
			err = errors.New("is not found")
		}
		if err != nil {
			return fmt.Errorf("read: position %d: %w", at, err)
		}
	}
	return nil
}

// unblock lets the blocker end its stay. It was lapped.
func (x *world) unblock() error {
	if x.blocked == nil {
		return nil
	}
	err := x.blocked.Commit(1, versionOf(blocker, 0, 1))
	x.blocked = nil
	if !errors.Is(err, ring.ErrLapped) {
		return fmt.Errorf("the blocker was lapped, but its commit says: %v", err)
	}
	return nil
}

// settled says whether nobody is named inside a slot any more.
func (x *world) settled() error {
	head := x.head()
	for p, w := range x.words {
		if inside(w) && (x.topology == layout.Shared || p < head) {
			return fmt.Errorf("stuck: position %d is still %v by node %d, head is %d", p, w.State(), w.Node(), head)
		}
	}
	return nil
}

// judge checks all counts at the end.
func (x *world) judge(allowed uint64, more ...*tally) error {
	if err := x.tail.complete(allowed); err != nil {
		return err
	}
	for _, t := range append(more, x.tail, x.lazy) {
		if err := errors.Join(t.drain(), t.exact()); err != nil {
			return err
		}
	}
	return nil
}

// leftover says whether the victim is still named in a slot, or has made a hole.
func (x *world) leftover() bool {
	for p, w := range x.words {
		if w.Node() != victim {
			continue
		}
		uncounted := x.topology == layout.Lane && p >= x.head()
		switch {
		case x.Do == "open" && (uncounted && w.State() == layout.Committed || !uncounted && inside(w)):
			return true
		case x.Do != "open" && (uncounted || w.State() != layout.Committed):
			return true
		}
	}
	return false
}

// outcome names what became of the victim's frames.
func (x *world) outcome(left bool) string {
	switch n := x.delivered(); {
	case n > 0 && len(x.Sizes) > 1:
		return fmt.Sprint("delivered ", n)
	case n > 0:
		return "delivered"
	case x.Do == "open" && left:
		return "leftovers"
	case x.Do == "open":
		return "put in order"
	case left && x.topology == layout.Shared:
		return "unavailable"
	}
	return "absent"
}

// delivered is how many of the operation's frames any cursor got.
func (x *world) delivered() (n int) {
	for version := range x.open {
		if _, ok := x.seen[version]; ok && version != encore(x.task) {
			n++
		}
	}
	return n
}

// rank orders the outcomes of a kill: a later death never leaves less. What is
// no frame looks alike once the others have lapped it.
func rank(strike, outcome string) int {
	if strike != "kill" && !strings.HasPrefix(outcome, "delivered") {
		return 0
	}
	var n int
	switch _, err := fmt.Sscanf(outcome, "delivered %d", &n); {
	case err == nil:
		return 1 + n
	case outcome == "absent", outcome == "leftovers":
		return 0
	case outcome == "unavailable", outcome == "put in order":
		return 1
	}
	return 2
}

// stop keeps the child where it is while others lap the ring, and lets it go on.
func (x *world) stop(c *killpoint.Child) (string, error) {
	if x.Do != "open" {
		if w, err := x.again.Writer(victim); !errors.Is(err, ring.ErrNodeHeld) {
			if err == nil {
				w.Close()
			}
			return "", fmt.Errorf("a stopped writer's node was given away: %v", err)
		}
	}
	given, err := x.waits()
	if err != nil {
		return "", err
	}
	full := x.crowded()
	switch {
	case !full:
		err = x.laps(3)
	case !x.full: // once: it takes the others a while to be sure
		err = x.refuses()
	}
	if err != nil {
		return "", err
	}
	var v, e verdict
	if err := c.Resume(&v); err != nil {
		return "", err
	}
	if err := x.tail.poll(); err != nil {
		return "", err
	}
	if v.Err != "" && !v.Lapped {
		return "", fmt.Errorf("the resumed operation says: %s", v.Err)
	}
	most, least := v.Used-v.Lost, v.Used-v.Lost-given
	if x.aborts() {
		most, least = 0, 0
	}
	if x.topology == layout.Lane && x.overrun() {
		least = min(least, int(x.capacity))
	}
	if n := x.delivered(); n > most || n < least {
		return "", fmt.Errorf("surfaced or vanished: %d frames were delivered, %d given up, but the operation says %+v", n, given, v)
	}
	if err := c.Again(&e); err != nil {
		return "", err
	}
	if e.Err != "" {
		return "", fmt.Errorf("the resumed writer cannot go on: %s", e.Err)
	}
	if err := x.tail.poll(); err != nil {
		return "", err
	}
	if _, ok := x.seen[encore(x.task)]; !ok {
		return "", errors.New("the resumed writer's next frame is not delivered")
	}
	if err := x.laps(1); err != nil {
		return "", err
	}
	for _, step := range []func() error{x.unblock, x.settled, c.Kill, func() error { return x.rejoin(1) }, x.settled} {
		if err := step(); err != nil {
			return "", err
		}
	}
	allowed := uint64(len(x.Sizes)) + e.Holes + x.holes() - x.tail.base[0].holes
	if err := x.judge(allowed); err != nil {
		return "", err
	}
	name := "delivered"
	switch {
	case v.Lapped:
		name = "lapped"
	case x.Do == "open":
		name = "opened"
	case x.aborts():
		name = "aborted"
	}
	if full {
		name += " (crowded)"
	}
	return name, nil
}

// refuses says whether a publisher that finds live writers inside every slot
// comes back with an error instead of trying for ever.
func (x *world) refuses() error {
	x.full, x.late = true, true
	if _, err := x.author.publish(); !errors.Is(err, ring.ErrAllStopped) {
		return fmt.Errorf("every slot has a stopped writer inside, and publish says: %v", err)
	}
	return x.tail.poll()
}

func (x *world) rejoin(frames int) error {
	again, err := x.writer(x.again, victim, seqRejoin)
	if err != nil {
		return fmt.Errorf("the node cannot rejoin: %w", err)
	}
	return errors.Join(again.publishRead(frames), again.w.Close())
}

// waits says whether a reader that has come to a stopped live writer's position
// waits for it, as long as less than half the ring is behind that position. It
// returns how many positions of the writer the reader has given up.
func (x *world) waits() (given int, err error) {
	lane, head := int(x.lane()), x.head()
	declared, late := 0, 0
	for p, w := range x.words {
		switch {
		case p < x.tail.cur.Position(lane):
		case w.State() == layout.Hole || w.State() == layout.Stalled:
			declared++
		case w.State() == layout.Writing && p < head && head-p-1 >= x.capacity/2:
			late++
		}
	}
	before := x.tail.lost(lane).Unavailable
	if err := x.tail.poll(); err != nil {
		return 0, err
	}
	n := int(x.tail.lost(lane).Unavailable - before)
	if n > declared+late {
		return 0, fmt.Errorf("impatient: the reader gave up %d positions at once; %d were holes, %d had half the ring behind them; head is %d, the reader now at %d",
			n, declared, late, head, x.tail.cur.Position(lane))
	}
	return max(0, n-declared), nil
}
