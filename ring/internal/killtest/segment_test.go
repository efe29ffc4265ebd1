//go:build linux && amd64 && !race

package killtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/orbitring/orbit/internal/killpoint"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// segmentTask is what the child has to do with a named segment.
type segmentTask struct {
	Do, Name, Dir string
}

func (t segmentTask) options() shm.Options { return shm.Options{Dir: t.Dir} }

func (t segmentTask) path() string { return filepath.Join(t.Dir, t.Name) }

func segmentIdentity() layout.Identity {
	return layout.Identity{Kind: kind, TypeName: "killpoint",
		Geometry: layout.Geometry{Topology: layout.Shared, Capacity: 4, Payload: 41}}
}

type segmentActor struct {
	segmentTask
	segment *shm.Segment
	err     error
}

// segmentVerdict is what the operation returned.
type segmentVerdict struct {
	Err      string
	Instance uint64
}

var segmentOperations = map[string]func(*segmentActor){
	"create": func(a *segmentActor) { a.segment, a.err = shm.Open(a.Name, segmentIdentity(), a.options()) },
	"attach": func(a *segmentActor) { a.segment, a.err = shm.Attach(a.Name, a.options()) },
	"remove": func(a *segmentActor) { a.err = shm.Remove(a.Name, a.options()) },
}

func init() {
	killpoint.Register("segment", func(in killpoint.Inherited) (killpoint.Act, error) {
		var a segmentActor
		if err := json.Unmarshal([]byte(in.Args), &a.segmentTask); err != nil {
			return killpoint.Act{}, err
		}
		run := segmentOperations[a.Do]
		if run == nil {
			return killpoint.Act{}, fmt.Errorf("no operation %q", a.Do)
		}
		return killpoint.Act{Run: func() { run(&a) }, Report: func() any {
			var v segmentVerdict
			if a.err != nil {
				v.Err = a.err.Error()
			}
			if a.segment != nil {
				v.Instance = a.segment.Identity().Instance
			}
			return v
		}}, nil
	})
}

// before makes the name absent, or leads it to a segment that nobody holds.
func (t segmentTask) before() error {
	if err := shm.Remove(t.Name, t.options()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		os.Remove(t.path()) // only a mutant gets here
	}
	if t.Do != "attach" && t.Do != "remove" {
		return nil
	}
	s, err := shm.Open(t.Name, segmentIdentity(), t.options())
	if err != nil {
		return err
	}
	return s.Close()
}

// look says whether the name is absent or whole.
func (t segmentTask) look() (string, error) {
	_, err := os.Lstat(t.path())
	if errors.Is(err, fs.ErrNotExist) {
		return "absent", nil
	}
	if err != nil {
		return "", err
	}
	s, err := shm.Observe(t.Name, t.options())
	if err != nil {
		return "", fmt.Errorf("half a segment: %w", err)
	}
	return "whole", s.Close()
}

// use opens the segment as the next process would, and publishes a frame.
func (t segmentTask) use() (*ring.Ring, *shm.Segment, error) {
	s, err := shm.Open(t.Name, segmentIdentity(), t.options())
	if err != nil {
		return nil, nil, fmt.Errorf("the next opener: %w", err)
	}
	r, err := ring.Open(s)
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	w, err := r.Writer(another)
	if err == nil {
		m := messageOf(versionOf(another, 41, 1))
		id, e := w.Publish(m.Op, m.Version, m.Payload)
		f, ok, e2 := read(r, id)
		if err = errors.Join(e, e2, w.Close()); err == nil && !ok {
			err = fmt.Errorf("%v was published and is not there", id)
		}
		if err == nil {
			err = prove(f)
		}
	}
	if err != nil {
		return nil, nil, errors.Join(err, r.Close())
	}
	return r, s, nil
}

// clean removes the segment, after which the directory is empty.
func (t segmentTask) clean() error {
	if err := shm.Remove(t.Name, t.options()); err != nil {
		return err
	}
	left, err := os.ReadDir(t.Dir)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("%s is left in the directory", left[0].Name())
	}
	return err
}

func (t segmentTask) kill(c *killpoint.Child) (string, error) {
	if err := c.Kill(); err != nil {
		return "", err
	}
	found, err := t.look()
	if err != nil {
		return "", err
	}
	r, s, err := t.use()
	if err != nil {
		return "", err
	}
	if s.Created() != (found == "absent") {
		err = fmt.Errorf("the name was %s, and the next opener says created: %v", found, s.Created())
	}
	return found, errors.Join(err, r.Close(), t.clean())
}

// stop lets another process open, and make if need be, the segment before the
// child goes on: both get the same one.
func (t segmentTask) stop(c *killpoint.Child) (string, error) {
	found, err := t.look()
	if err != nil {
		return "", err
	}
	r, s, err := t.use()
	if err != nil {
		return "", err
	}
	var v segmentVerdict
	err = c.Resume(&v)
	switch {
	case err != nil:
	case v.Err != "":
		err = fmt.Errorf("the resumed child says: %s", v.Err)
	case v.Instance != s.Identity().Instance:
		err = fmt.Errorf("two segments: instance %#x here, %#x in the child", s.Identity().Instance, v.Instance)
	}
	err = errors.Join(err, r.Close())
	if err == nil {
		if err := shm.Remove(t.Name, t.options()); !errors.Is(err, shm.ErrInUse) {
			return "", fmt.Errorf("removed under a live member: %v", err)
		}
		err = errors.Join(c.Kill(), t.clean())
	}
	return "was " + found, err
}

func sweepSegment(t *testing.T, do string, plan killpoint.Plan, strikes ...string) map[string]killpoint.Coverage {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "killpoint")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	name, err := shm.Name("killpoint", kind)
	if err != nil {
		t.Fatal(err)
	}
	task := segmentTask{Do: do, Name: name, Dir: dir}
	args, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	stage := stageOf(t, "segment", string(args))
	defer stage.Close()
	survey := surveyed(t, stage, killpoint.Scene{Before: task.before})
	cov := map[string]killpoint.Coverage{}
	for _, name := range strikes {
		switch name {
		case "kill":
			cov[name] = survey.Sweep(plan, task.kill)
		case "stop":
			cov[name] = survey.Sweep(plan, task.stop)
		case "look":
			cov[name] = survey.Walk(func(*killpoint.Child) (string, error) { return task.look() })
		}
	}
	return cov
}

// A creation has tens of thousands of instructions, most of them in loops over
// the process's own memory. Others see it only through system calls. So the
// directory is looked at after every instruction of one child; children are
// killed and stopped wherever an instruction is executed for the first time, and
// at all boundaries around system calls.
func TestACreatorMayDieOrStopAfterAnyInstruction(t *testing.T) {
	plan, err := killpoint.PlanFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	plan.First, plan.Around = true, 3
	if plan.Every > 1 {
		plan.Every *= 14
	}
	var table table
	t.Run("segment", func(t *testing.T) {
		for do, strikes := range map[string][]string{
			"create": {"look", "kill", "stop"},
			"attach": {"kill", "stop"},
			"remove": {"look", "kill"}, // others wait for a stopped remover: seconds
		} {
			t.Run(do, func(t *testing.T) {
				t.Parallel()
				cov := sweepSegment(t, do, plan, strikes...)
				for _, name := range strikes {
					c := cov[name]
					table.add("segment/"+do, name, c)
					if err := c.Err(); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			})
		}
	})
	t.Logf("first executions and all around system calls, %v\n%s", plan, table.String())
}
