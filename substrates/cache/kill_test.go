//go:build linux && amd64 && !race

package cache_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orbitring/orbit/internal/killpoint"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

// scene is one operation of a child, in one situation.
type scene struct {
	Name  string
	Fleet string
	Do    string // put, delete, reset
	Key   string
	Size  int // of the value
	TTL   time.Duration

	wrap int // how many frames of other keys the others have published before
}

// verdict is what the operation returned.
type verdict struct {
	Epoch uint64
	Err   string
}

const victim = 3

var killOptions = cache.Options{Capacity: 16, Size: 300}

func init() { killpoint.Register("cache", cacheRole) }

// cacheRole joins as the victim and does one operation.
func cacheRole(in killpoint.Inherited) (killpoint.Act, error) {
	var s scene
	if err := json.Unmarshal([]byte(in.Args), &s); err != nil {
		return killpoint.Act{}, err
	}
	f, err := fleet.JoinShared(s.Fleet, fleet.Options{Size: 4, Node: fleet.Node(victim)})
	if err != nil {
		return killpoint.Act{}, err
	}
	c, err := cache.Open(f, killOptions)
	if err != nil {
		return killpoint.Act{}, err
	}
	if _, err := c.Put("warm", []byte("warm"), cache.Forever); err != nil {
		return killpoint.Act{}, err
	}
	value := []byte(s.value())
	var epoch uint64
	do := map[string]func(){
		"put":    func() { epoch, err = c.Put(s.Key, value, s.TTL) },
		"delete": func() { epoch, err = c.Delete(s.Key) },
		"reset":  func() { epoch, err = c.Reset(s.Key) },
	}[s.Do]
	report := func() any {
		v := verdict{Epoch: epoch}
		if err != nil {
			v.Err = err.Error()
		}
		return v
	}
	return killpoint.Act{
		Run: do, Report: report,
		Again: func() any {
			epoch, err = c.Put("encore", []byte("encore"), cache.Forever)
			return report()
		},
	}, nil
}

func (s scene) value() string { return strings.Repeat("v", s.Size) }

// stand is a cache with its observers, which is made anew for every child.
type stand struct {
	scene
	t     *testing.T
	f     *fleet.Fleet
	c     *cache.Cache
	mem   []byte // of the segment
	image []byte // as the child finds it
	keys  []string
	was   map[string]string // what the cache says about the keys, with the child's warm-up
	will  map[string]string // and if its operation has happened
	child uint64            // the position of the child's frame, if it comes through
}

// newStand fills a cache with keys of one bucket and some others.
func newStand(t *testing.T, s scene) *stand {
	s.Fleet = fleettest.Name(t)
	x := &stand{scene: s, t: t, f: fleettest.Shared(t, s.Fleet, 4, 0)}
	x.c = openCache(t, x.f, killOptions)
	name, err := shm.Name(s.Fleet, cache.Kind)
	must(t, err)
	seg, err := shm.Attach(name, shm.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, seg.Close()) })
	x.mem = seg.Bytes()[layout.IdentitySize:]

	same := cache.Colliding(x.c, "p:", 7) // more than a frame links to
	x.Key = strings.ReplaceAll(x.Key, "NEW", same[6])
	x.Key = strings.ReplaceAll(x.Key, "HEAD", same[5])
	x.Key = strings.ReplaceAll(x.Key, "LINKED", same[2])
	for _, key := range same[:6] {
		put(t, x.c, key, "of "+key)
	}
	_, err = x.c.Reset("q:")
	must(t, err)
	_, err = x.c.Delete("gone")
	must(t, err)
	for i := range x.wrap {
		put(t, x.c, fmt.Sprint("other", i), "other")
	}
	x.keys = append(same, "gone", "q:x", "warm", "other0", x.Key+"suffix")
	if x.Key != "" {
		x.keys = append(x.keys, x.Key)
	}
	x.image = bytes.Clone(x.mem)

	put(t, x.c, "warm", "warm")
	x.was = x.look()
	switch s.Do {
	case "put":
		x.child, err = x.c.Put(x.Key, []byte(s.value()), s.TTL)
	case "delete":
		x.child, err = x.c.Delete(x.Key)
	case "reset":
		x.child, err = x.c.Reset(x.Key)
	}
	must(t, err)
	x.will = x.look()
	return x
}

// look says what the cache says about every key.
func (x *stand) look() map[string]string {
	all := map[string]string{}
	var e cache.Entry
	for _, key := range x.keys {
		_, err := x.c.Read(key, &e)
		must(x.t, err)
		all[key] = fmt.Sprintf("%v of %d: %s", e.State, e.Epoch, e.Value)
	}
	return all
}

func (x *stand) set() error {
	copy(x.mem, x.image)
	return nil
}

// differ names a key about which two looks differ; what was lost because the
// child's frame took its slot does not count.
func (x *stand) differ(a, b map[string]string) string {
	gone := fmt.Sprintf(" of %d: ", x.child-killOptions.Capacity)
	for _, key := range x.keys {
		if a[key] != b[key] && !(a[key] == "unknown of 0: " && strings.Contains(b[key], gone)) {
			return fmt.Sprintf("%q: %s, not %s", key, a[key], b[key])
		}
	}
	return ""
}

// kill ends the child where it stands: its operation has happened or it has not,
// everything else is as it was, and everybody goes on, the child's node too.
func (x *stand) kill(c *killpoint.Child) (string, error) {
	if err := c.Kill(); err != nil {
		return "", err
	}
	now := x.look()
	outcome := "happened"
	if diff := x.differ(now, x.will); diff != "" {
		outcome = "did not happen"
		if diff2 := x.differ(now, x.was); diff2 != "" {
			return "", fmt.Errorf("neither as before nor as after: %s; %s", diff2, diff)
		}
	}
	if again := x.look(); x.differ(again, now) != "" {
		return "", fmt.Errorf("two looks differ: %s", x.differ(again, now))
	}
	g, err := x.f.Sibling(fleet.Node(victim))
	if err != nil {
		return "", fmt.Errorf("the node cannot rejoin: %w", err)
	}
	defer g.Close()
	d, err := cache.Open(g, killOptions)
	if err != nil {
		return "", err
	}
	both := []*cache.Cache{x.c, d}
	for i, c := range append(both, x.c) {
		for _, key := range []string{"encore", x.keys[0], x.keys[6], x.keys[3], x.Key + "suffix"} {
			if err := roundTrip(c, both, key, fmt.Sprint(key, i)); err != nil {
				return "", err
			}
		}
	}
	return outcome, nil
}

// roundTrip puts and deletes a key by one cache and looks by all.
func roundTrip(c *cache.Cache, all []*cache.Cache, key, value string) error {
	var e cache.Entry
	epoch, err := c.Put(key, []byte(value), cache.Forever)
	if err != nil {
		return fmt.Errorf("put %q: %w", key, err)
	}
	for _, r := range all {
		if _, err := r.Read(key, &e); err != nil || string(e.Value) != value || e.Epoch != epoch {
			return fmt.Errorf("%q was put at %d and is %+v %v", key, epoch, e, err)
		}
	}
	if epoch, err = c.Delete(key); err != nil {
		return fmt.Errorf("delete %q: %w", key, err)
	}
	for _, r := range all {
		if _, err := r.Read(key, &e); err != nil || e.State != cache.Deleted || e.Epoch != epoch {
			return fmt.Errorf("%q was deleted at %d and is %+v %v", key, epoch, e, err)
		}
	}
	return nil
}

// stop keeps the child where it is while others write the same key, or laps laps
// of others, and lets it go on: of all operations the newest decides.
func (x *stand) stop(laps int) func(c *killpoint.Child) (string, error) {
	return func(c *killpoint.Child) (string, error) {
		mine, err := x.c.Put(x.Key, []byte("mine"), cache.Forever)
		if err != nil && x.Key != "" {
			return "", err
		}
		for i := range laps * int(killOptions.Capacity) {
			if _, err := x.c.Put(fmt.Sprint("lap", i), []byte("x"), cache.Forever); err != nil {
				return "", err
			}
		}
		var v verdict
		if err := c.Resume(&v); err != nil {
			return "", err
		}
		if v.Err != "" {
			return "", errors.New(v.Err)
		}
		var e cache.Entry
		if _, err := x.c.Read(x.Key, &e); err != nil {
			return "", err
		}
		newest, outcome := max(v.Epoch, mine), "the other's stands"
		if v.Epoch > mine {
			outcome = "the child's stands"
		}
		state := map[string]cache.State{"put": cache.Present, "delete": cache.Deleted, "reset": cache.WasReset}[x.Do]
		value := x.value()
		if v.Epoch < mine {
			state, value = cache.Present, "mine"
		} else if state != cache.Present {
			value = ""
		}
		family, err := x.f.OpenReserved(cache.Kind, family(killOptions.Capacity, killOptions.Size))
		if err != nil {
			return "", err
		}
		if newest+killOptions.Capacity < family.Ring().Head(0) {
			state, newest, value = cache.Unknown, 0, ""
			outcome += ", but is forgotten"
		}
		if e.State != state || e.Epoch != newest || string(e.Value) != value {
			return "", fmt.Errorf("is %v of %d: %q, must be %v of %d: %q (%+v, other's %d)", e.State, e.Epoch, e.Value, state, newest, value, v, mine)
		}
		if err := c.Again(&v); err != nil {
			return "", err
		}
		if _, err := x.c.Read("encore", &e); err != nil || string(e.Value) != "encore" || e.Epoch != v.Epoch {
			return "", fmt.Errorf("the child went on at %d, and its entry is %+v %v", v.Epoch, e, err)
		}
		if err := c.Kill(); err != nil {
			return "", err
		}
		return outcome, roundTrip(x.c, []*cache.Cache{x.c}, x.keys[0], "after all")
	}
}

func scenes() []scene {
	hour := time.Hour
	return []scene{
		{Name: "put a new key", Do: "put", Key: "fresh", Size: 30, TTL: cache.Forever},
		{Name: "put a new key for a time", Do: "put", Key: "fresh", Size: 30, TTL: hour},
		{Name: "put a large value", Do: "put", Key: "fresh", Size: 290, TTL: cache.Forever},
		{Name: "put a new key into a full bucket", Do: "put", Key: "NEW", Size: 30, TTL: cache.Forever},
		{Name: "put the newest key of a bucket again", Do: "put", Key: "HEAD", Size: 30, TTL: cache.Forever},
		{Name: "put a linked key again", Do: "put", Key: "LINKED", Size: 30, TTL: cache.Forever},
		{Name: "put over an entry", Do: "put", Key: "LINKED", Size: 30, TTL: cache.Forever, wrap: 8},
		{Name: "put when all is wrapped", Do: "put", Key: "NEW", Size: 30, TTL: cache.Forever, wrap: 30},
		{Name: "delete a key", Do: "delete", Key: "HEAD"},
		{Name: "delete a linked key", Do: "delete", Key: "LINKED"},
		{Name: "delete an unknown key", Do: "delete", Key: "fresh"},
		{Name: "reset a prefix", Do: "reset", Key: "p:"},
		{Name: "reset a prefix again", Do: "reset", Key: "q:"},
		{Name: "reset all", Do: "reset", Key: ""},
	}
}

func TestAMemberMayDieOrStopAfterAnyInstruction(t *testing.T) {
	plan, err := killpoint.PlanFromEnv()
	must(t, err)
	for _, s := range scenes() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			x := newStand(t, s)
			args, err := json.Marshal(x.scene)
			must(t, err)
			stage, err := killpoint.Start("cache", string(args))
			must(t, err)
			defer stage.Close()
			survey, err := stage.Survey(killpoint.Scene{Before: x.set})
			if errors.Is(err, killpoint.ErrRefused) && os.Getenv("CI") != "true" {
				t.Skipf("NOTHING IS COVERED: %v", err)
			}
			must(t, err)
			for _, strike := range []struct {
				name string
				do   func(*killpoint.Child) (string, error)
			}{{"kill", x.kill}, {"stop", x.stop(0)}, {"stop for 3 laps", x.stop(3)}} {
				if s.Do == "reset" && strike.name != "kill" && x.Key == "" {
					continue // there is no such key for others to put
				}
				cov := survey.Sweep(plan, strike.do)
				t.Logf("%s: %d boundaries, %d reached: %s", strike.name, cov.Boundaries, cov.Reached, cov.String())
				if err := cov.Err(); err != nil {
					t.Errorf("%s: %v", strike.name, err)
				}
				if strike.name == "kill" {
					checkOrder(t, cov)
				}
			}
		})
	}
}

// checkOrder fails unless the operation happens at one instruction and stays so.
func checkOrder(t *testing.T, cov killpoint.Coverage) {
	t.Helper()
	var names []string
	for _, o := range cov.Sequence {
		names = append(names, o.Name)
	}
	names = slices.Compact(names)
	if cov.Err() == nil && !slices.Equal(names, []string{"did not happen", "happened"}) {
		t.Errorf("a later death leaves less: %v", names)
	}
}
