package killpoint

import (
	"errors"
	"fmt"
	"slices"
)

// Scene is what a test does around every child, before the operation begins.
type Scene struct {
	// Before runs before the child is made. May be nil.
	Before func() error
	// Ready runs when the child is set up and stands before the operation. May
	// be nil.
	Ready func() error
}

// Survey is the list of an operation's instruction boundaries, as one child met
// them.
type Survey struct {
	stage *Stage
	scene Scene
	ips   []uintptr // the next instruction at every boundary
	calls []int     // boundaries right behind a system call, ascending
	fresh []int     // for every boundary, the last one up to it at whose instruction nobody was before
}

// attempts bounds the children that are spent on one boundary, or on a survey,
// when the way varies, for instance because the clock's page changes while it is
// read.
const attempts = 20

// errStrayed: the child came another way than the surveyed one.
var errStrayed = errors.New("killpoint: no child came to this boundary on the surveyed way")

// longest bounds an operation, in instructions.
const longest = 1 << 20

// Survey steps children through the whole operation until two have come the same
// way: one may have met a clock page in the middle of its update.
func (s *Stage) Survey(scene Scene) (*Survey, error) {
	last, err := s.survey(scene)
	for range attempts {
		if err != nil {
			return nil, err
		}
		var v *Survey
		if v, err = s.survey(scene); err == nil && slices.Equal(v.ips, last.ips) {
			return v, nil
		}
		last = v
	}
	return nil, errors.New("killpoint: the operation goes another way every time")
}

func (s *Stage) survey(scene Scene) (*Survey, error) {
	v := &Survey{stage: s, scene: scene}
	c, err := v.spawn()
	if err != nil {
		return nil, err
	}
	defer c.Kill()
	visited := map[uintptr]bool{}
	for {
		ip, err := c.t.ip()
		if err != nil {
			return nil, err
		}
		begun := c.begun()
		if begun {
			v.ips = append(v.ips, ip)
			k := c.Boundary
			if visited[ip] && k > 0 {
				k = v.fresh[k-1]
			}
			v.fresh = append(v.fresh, k)
		}
		visited[ip] = true
		if c.finished() {
			return v, nil
		}
		call, err := c.t.atCall(ip)
		if err == nil {
			err = c.t.step()
		}
		if err != nil {
			return nil, fmt.Errorf("%w, at %s", err, describe(ip))
		}
		if !begun {
			continue
		}
		c.Boundary++
		if call {
			v.calls = append(v.calls, c.Boundary)
		}
		if c.Boundary == longest {
			return nil, fmt.Errorf("killpoint: the operation is longer than %d instructions", longest)
		}
	}
}

// Boundaries returns N: the operation has N instructions and N+1 boundaries, 0
// before the first and N behind the last.
func (v *Survey) Boundaries() int { return len(v.ips) - 1 }

// Calls returns how many of the instructions are system calls.
func (v *Survey) Calls() int { return len(v.calls) }

func (v *Survey) spawn() (*Child, error) {
	if v.scene.Before != nil {
		if err := v.scene.Before(); err != nil {
			return nil, err
		}
	}
	c, err := v.stage.spawn()
	if err != nil || v.scene.Ready == nil {
		return c, err
	}
	if err := v.scene.Ready(); err != nil {
		return nil, errors.Join(err, c.Kill())
	}
	return c, nil
}

// At returns a fresh child at boundary k.
func (v *Survey) At(k int) (*Child, error) {
	for range attempts {
		c, err := v.spawn()
		if err != nil {
			return nil, err
		}
		if err = v.walk(c, k); err == nil {
			return c, nil
		}
		if kill := c.Kill(); err != errStrayed || kill != nil {
			return nil, errors.Join(err, kill)
		}
	}
	return nil, errStrayed
}

// walk takes a child to boundary k: at full speed up to the last instruction on
// the way that is executed for the first time, or behind a system call if that
// is nearer, and in single steps from there.
func (v *Survey) walk(c *Child, k int) error {
	calls, _ := slices.BinarySearch(v.calls, k+1)
	if calls > 0 && v.calls[calls-1] > v.fresh[k] {
		for range calls {
			if err := c.t.pastCall(); err != nil {
				return err
			}
		}
		c.Boundary = v.calls[calls-1]
	} else {
		c.Boundary = v.fresh[k]
		there, err := c.t.upTo(v.ips[c.Boundary])
		if err != nil {
			return err
		}
		if !there {
			return errStrayed
		}
	}
	for c.Boundary < k {
		if c.finished() {
			return errStrayed
		}
		if err := c.step(); err != nil {
			return err
		}
	}
	ip, err := c.t.ip()
	if err == nil && (ip != v.ips[k] || !c.begun() || c.finished() != (k == v.Boundaries())) {
		err = errStrayed
	}
	return err
}

// Sweep takes a fresh child to every boundary of the plan and calls strike,
// which does to it what the test is about, checks, and names the outcome. A
// child that strike leaves behind is killed.
func (v *Survey) Sweep(p Plan, strike func(c *Child) (outcome string, err error)) Coverage {
	points := p.points(v.Boundaries(), v.calls, v.fresh)
	cov := Coverage{Boundaries: v.Boundaries(), Outcomes: map[string]int{}, Planned: len(points)}
	for _, k := range points {
		c, err := v.At(k)
		if err == nil {
			var outcome string
			outcome, err = strike(c)
			if err == nil {
				cov.add(k, outcome)
			}
			err = errors.Join(err, c.Kill())
		}
		if err != nil {
			cov.fail(k, describe(v.ips[k]), err)
			if errors.Is(err, errGone) {
				break
			}
		}
	}
	return cov
}

// Walk takes one child through the operation and calls look at every boundary,
// for checks that leave the child alone.
func (v *Survey) Walk(look func(c *Child) (outcome string, err error)) Coverage {
	n := v.Boundaries()
	cov := Coverage{Boundaries: n, Outcomes: map[string]int{}, Planned: n + 1}
	c, err := v.At(0)
	for k := 0; err == nil; k++ {
		var outcome string
		if outcome, err = look(c); err != nil {
			cov.fail(k, describe(v.ips[min(k, n)]), err)
			break
		}
		cov.add(k, outcome)
		if c.finished() {
			cov.Boundaries, cov.Planned = k, k+1
			break
		}
		err = c.step()
	}
	if c != nil {
		err = errors.Join(err, c.Kill())
	}
	if err != nil && len(cov.Failures) == 0 {
		cov.fail(len(cov.Sequence), "?", err)
	}
	return cov
}
