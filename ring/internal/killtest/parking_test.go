//go:build linux && amd64 && !race

package killtest

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/orbitring/orbit/internal/killpoint"
	"github.com/orbitring/orbit/ring/layout"
)

const (
	// soundSlice is longer than any run: who sleeps it out was forgotten.
	soundSlice = 10 * time.Minute
	// shortSlice is a bounded slice that a test can wait for.
	shortSlice = 4 * time.Millisecond
)

// bedroom is a world with two readers, processes both, that are parked while
// the child publishes: one would sleep for ever, one looks again after a slice.
type bedroom struct {
	*world
	sound, light *sleeper
	asleep       []*sleeper
}

// wakeAll ends the sleep of those whom the last child left asleep.
func (b *bedroom) wakeAll() error {
	if len(b.asleep) == 0 {
		return nil
	}
	if _, err := b.author.publish(); err != nil {
		return err
	}
	for _, s := range b.asleep {
		if _, err := s.hearAwoken(); err != nil {
			return err
		}
	}
	b.asleep = nil
	return nil
}

func (b *bedroom) park() error {
	for _, s := range []*sleeper{b.sound, b.light} {
		s.park()
		b.asleep = append(b.asleep, s)
	}
	return nil
}

// before makes everything new; the readers are to wait for what comes now.
func (b *bedroom) before() error {
	if err := errors.Join(b.wakeAll(), b.set()); err != nil {
		return err
	}
	for _, s := range []*sleeper{b.sound, b.light} {
		s.Answers("watching", "watch")
	}
	return nil
}

// committed says that a frame of the child is readable.
func (b *bedroom) committed() bool {
	for p, w := range b.words {
		at := b.id.Geometry.SlotOffset(b.lane(), p) + layout.VersionOffset
		if w.State() == layout.Committed && w.Node() == victim && b.open[binary.LittleEndian.Uint64(b.base.Bytes()[at:])] {
			return true
		}
	}
	return false
}

// announced says that publishers see that somebody is parked.
func (b *bedroom) announced() bool {
	return binary.LittleEndian.Uint32(b.base.Bytes()[layout.WaitersOffset:]) != 0
}

// has says that a frame of the child is among what a sleeper got.
func (b *bedroom) has(a awoken) bool {
	return slices.ContainsFunc(a.Versions, func(v uint64) bool { return b.open[v] })
}

// ended takes a sleeper off the list of those who sleep.
func (b *bedroom) ended(s *sleeper) (awoken, error) {
	b.asleep = slices.DeleteFunc(b.asleep, func(o *sleeper) bool { return o == s })
	return s.hearAwoken()
}

// kill ends the publisher where it stands.
func (b *bedroom) kill(c *killpoint.Child) (string, error) {
	if err := c.Kill(); err != nil {
		return "", err
	}
	committed := b.committed()
	if committed {
		// The one that looks again after a slice needs nobody.
		a, err := b.ended(b.light)
		if err != nil {
			return "", err
		}
		if !b.has(a) {
			return "", fmt.Errorf("the reader that looked again got versions %#x, none of the dead publisher's", a.Versions)
		}
	}
	unwoken := b.sound.parked()
	takenDown := committed && unwoken && !b.announced()
	if takenDown {
		// Dead between taking the announcement down and the wake: the other one
		// sleeps until its slice ends, or the next who parks is woken.
		b.light.Answers("watching", "watch")
		b.light.park()
		b.asleep = append(b.asleep, b.light)
	}
	if !committed || unwoken {
		// Whoever sleeps on is woken by the next publisher.
		if !b.announced() {
			return "", errors.New("a reader is parked, and publishers do not see it")
		}
		if _, err := b.author.publish(); err != nil {
			return "", err
		}
	}
	a, err := b.ended(b.sound)
	if err != nil {
		return "", err
	}
	switch {
	case b.sound.byItself(a):
		return "", fmt.Errorf("forgotten: the reader slept for %v", a.Took)
	case committed != b.has(a):
		return "", fmt.Errorf("the woken reader got versions %#x; that the dead publisher had committed is %v", a.Versions, committed)
	case a.Lost > uint64(len(b.Sizes)):
		return "", fmt.Errorf("the woken reader counts %d lost", a.Lost)
	case takenDown:
		return "delivered by the slice, announced by the next", nil
	case committed && unwoken:
		return "delivered by the slice", nil
	case committed:
		return "woken", nil
	}
	return "absent", nil
}

// stop keeps the publisher where it is, and lets it go on: it has to wake all
// whom it has not woken.
func (b *bedroom) stop(c *killpoint.Child) (string, error) {
	name := "woken"
	if b.committed() {
		a, err := b.ended(b.light)
		if err != nil {
			return "", err
		}
		if !b.has(a) {
			return "", fmt.Errorf("the reader that looked again got versions %#x, none of the stopped publisher's", a.Versions)
		}
		name = "found, then woken"
	}
	return name, b.resume(c)
}

// arrive sends the readers to sleep only when the publisher stands at its
// boundary: they find its frame, or it finds them.
func (b *bedroom) arrive(c *killpoint.Child) (string, error) {
	if b.committed() {
		return "too late to park", nil
	}
	if err := b.park(); err != nil {
		return "", err
	}
	return "woken", b.resume(c)
}

func (b *bedroom) resume(c *killpoint.Child) error {
	var v verdict
	if err := c.Resume(&v); err != nil {
		return err
	}
	if v.Err != "" {
		return fmt.Errorf("the resumed operation says: %s", v.Err)
	}
	a, err := b.ended(b.sound)
	if err != nil {
		return err
	}
	if b.sound.byItself(a) {
		return fmt.Errorf("forgotten: the reader slept for %v although the publisher lives", a.Took)
	}
	if !b.has(a) || a.Lost > 0 {
		return fmt.Errorf("the woken reader got versions %#x and lost %d", a.Versions, a.Lost)
	}
	return nil
}

// sweepParking goes through one operation with parked readers.
func sweepParking(t *testing.T, plan killpoint.Plan, s scenario, sound time.Duration, cancellable bool, strikes ...string) map[string]killpoint.Coverage {
	t.Helper()
	x, err := newWorld(s)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := x.close(); err != nil {
			t.Error(err)
		}
	}()
	args, err := json.Marshal(s.task)
	if err != nil {
		t.Fatal(err)
	}
	f, err := x.base.File()
	if err != nil {
		t.Fatal(err)
	}
	b := &bedroom{world: x, sound: newSleeper(t, f, sound, cancellable), light: newSleeper(t, f, shortSlice, cancellable)}
	defer b.sound.Kill()
	defer b.light.Kill()
	stage := stageOf(t, "ring", string(args), f)
	defer stage.Close()
	asleep := surveyed(t, stage, killpoint.Scene{Before: b.before, Ready: b.park})
	awake := surveyed(t, stage, killpoint.Scene{Before: b.before})
	all := map[string]func() killpoint.Coverage{
		"kill":   func() killpoint.Coverage { return asleep.Sweep(plan, b.kill) },
		"stop":   func() killpoint.Coverage { return asleep.Sweep(plan, b.stop) },
		"arrive": func() killpoint.Coverage { return awake.Sweep(plan, b.arrive) },
	}
	cov := map[string]killpoint.Coverage{}
	for _, name := range strikes {
		cov[name] = all[name]()
	}
	return cov
}

func parkingScenarios() (all []scenario) {
	for _, top := range []layout.Topology{layout.Lane, layout.Shared} {
		for _, o := range []task{{"publish", []int{41}}, {"publish", []int{200}}, {"batch", batch}, {"reserve and commit", []int{41}}} {
			all = append(all, scenario{name: o.Do, topology: top, capacity: 8, task: o, prepare: used})
		}
	}
	return all
}

func TestAPublisherMayDieOrStopAfterAnyInstructionWhileReadersAreParked(t *testing.T) {
	plan, err := killpoint.PlanFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	var table table
	t.Run("", func(t *testing.T) {
		for i, s := range parkingScenarios() {
			t.Run(s.String(), func(t *testing.T) {
				t.Parallel()
				strikes := []string{"kill", "stop", "arrive"}
				cov := sweepParking(t, plan, s, soundSlice, i%2 == 1, strikes...)
				for _, name := range strikes {
					c := cov[name]
					table.add(s.String(), name, c)
					if err := c.Err(); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
				for _, must := range []struct{ strike, outcome string }{
					{"kill", "woken"}, {"kill", "delivered by the slice"}, {"kill", "absent"}, {"stop", "found, then woken"}, {"stop", "woken"}, {"arrive", "woken"},
				} {
					if c := cov[must.strike]; c.Outcomes[must.outcome] == 0 {
						t.Errorf("%s: no boundary had the outcome %q: %s", must.strike, must.outcome, c.String())
					}
				}
			})
		}
	})
	t.Logf("readers parked, %v\n%s", plan, table.String())
}

func TestAPublisherThatDoesNotWakeIsCaught(t *testing.T) {
	s := scenario{name: "no wake", topology: layout.Lane, capacity: 8, task: task{"no wake", []int{41}}, prepare: used}
	c := sweepParking(t, killpoint.Plan{Every: 20}, s, 100*time.Millisecond, false, "stop")["stop"]
	caught(t, c, "forgotten")
}
