package inspect_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orbitring/orbit/inspect"
	"github.com/orbitring/orbit/ring/shm"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestListTellsWhatThereIsAndWhoLivesThere(t *testing.T) {
	f := busy(t)
	g := fleettest.Sibling(t, f, 2)
	l, err := inspect.List(everywhere, f.Name())
	must(t, err)
	if len(l.Segments) != 5 || l.Dir != shm.DefaultDir() || l.Free == 0 {
		t.Fatalf("%+v", l)
	}
	for i, want := range []struct {
		kind  uint8
		role  string
		shape string
		nodes []uint16
	}{
		{1, "", "shared", []uint16{0}}, {2, "", "lane", []uint16{0}}, {220, "event", "shared", []uint16{0}},
		{221, "heartbeat", "lane", []uint16{0}}, {255, "roll", "lane", []uint16{0, 2}},
	} {
		s := l.Segments[i]
		if s.Kind != want.kind || s.Role != want.role || s.Geometry.Topology != want.shape || !reflect.DeepEqual(s.Nodes, want.nodes) ||
			!s.Members || s.Error != "" || s.Fleet != f.Name() || s.Mode != "0600" || s.Bytes == 0 || s.Age < 0 {
			t.Errorf("%+v, want %+v", s, want)
		}
	}
	must(t, g.Close())
	must(t, f.Close())
	l, err = inspect.List(everywhere, f.Name())
	must(t, err)
	for _, s := range l.Segments {
		if len(s.Nodes) != 0 || s.Members {
			t.Errorf("%+v has no live member", s)
		}
	}
}

func TestStatTellsRatesByNodeAndWhoIsInsideSlots(t *testing.T) {
	f := busy(t)
	for _, kind := range []uint8{shared, lane} {
		k := strconv.Itoa(int(kind))
		stopped := fleettest.Start(t, "inside", f.Name(), "1", k)
		stopped.Expect("inside")
		killed := fleettest.Start(t, "inside", f.Name(), "3", k)
		killed.Expect("inside")
		killed.Kill()
		a := family(t, f, kind)
		var publishing sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		publishing.Go(func() {
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for ctx.Err() == nil {
				<-tick.C
				a.Publish(0, 0, nil)
			}
		})
		st, err := source(t, f.Name(), k).Stat(t.Context(), 30*time.Millisecond) // the ring must not come around
		stop()
		publishing.Wait()
		must(t, err)
		life := map[uint16]bool{}
		for _, l := range st.Lanes {
			for _, in := range l.Inside {
				life[in.Node] = in.Alive
			}
		}
		if !reflect.DeepEqual(life, map[uint16]bool{1: true, 3: false}) {
			t.Errorf("kind %d: inside %v", kind, life)
		}
		l := st.Lanes[0]
		if l.Rate <= 0 || l.Committed < 10 || l.Newest == nil || l.Newest.Position >= l.Head+8 || l.Newest.Node != 0 {
			t.Errorf("kind %d: %+v", kind, l)
		}
		rates := map[uint16]float64{}
		for _, n := range st.Nodes {
			rates[n.Node] = n.Rate
		}
		if _, known := rates[1]; rates[0] <= 0 || rates[1] != 0 || !known || len(rates) != 2 {
			t.Errorf("kind %d: rates %v", kind, rates)
		}
		stopped.Kill()
	}
}

// follow collects what tail delivers.
func follow(t *testing.T, s *inspect.Source, tail inspect.Tail) (frames []inspect.Frame, lost inspect.Lost) {
	t.Helper()
	must(t, s.Follow(t.Context(), tail,
		func(f *inspect.Frame) error { frames = append(frames, *f); return nil },
		func(l *inspect.Lost) error {
			lost.Overwritten += l.Overwritten
			lost.Unavailable += l.Unavailable
			lost.Reset += l.Reset
			return nil
		}))
	return frames, lost
}

func TestTailDecodesWhatItKnowsAndShowsTheBytesOfTheRest(t *testing.T) {
	f := busy(t)
	one := func(kind string) inspect.Frame {
		frames, lost := follow(t, source(t, f.Name(), kind), inspect.Tail{Back: 1, Payload: 4})
		if len(frames) != 1 || lost != (inspect.Lost{}) {
			t.Fatalf("%s: %+v, lost %+v", kind, frames, lost)
		}
		return frames[0]
	}
	if e := one("event").Event; e == nil || e.Topic != "orders" || e.Payload.Text != "paid" || e.Payload.Cut != 3 {
		t.Errorf("%+v", e)
	}
	if b := one("heartbeat").Beat; b == nil || b.Load != 42 || b.Age <= 0 || b.Age > time.Hour {
		t.Errorf("%+v", b)
	}
	if m := one("roll").Member; m == nil || m.PID != os.Getpid() || time.Since(m.Joined) > time.Hour {
		t.Errorf("%+v", m)
	}
	x := one("2")
	if x.Payload == nil || x.Payload.Text != "payl" || x.Payload.Cut != 5 || x.Op != 9 || x.Version != 9 || x.Position != 9 || x.ID != "2:0:9" {
		t.Errorf("%+v", x)
	}
	a := family(t, f, shared)
	_, err := a.Publish(0, 0, []byte{0xff, 0x1b, 0})
	must(t, err)
	if p := one("1").Payload; p.Hex != "ff1b00" || p.Text != "" {
		t.Errorf("%+v", p)
	}
}

func TestTailFollowsAndTellsWhatIsLost(t *testing.T) {
	f := busy(t)
	a := family(t, f, shared)
	s := source(t, f.Name(), "1")
	ctx, stop := context.WithCancel(t.Context())
	var frames, lost uint64
	err := s.Follow(ctx, inspect.Tail{Back: 1, Follow: true}, func(fr *inspect.Frame) error {
		if frames++; frames == 1 { // the ring of 64 comes around while nobody looks
			for i := range 200 {
				if _, err := a.Publish(0, uint64(i), nil); err != nil {
					return err
				}
			}
		}
		if fr.Position == 209 {
			stop()
		}
		return nil
	}, func(l *inspect.Lost) error { lost += l.Overwritten; return nil })
	must(t, err)
	if frames+lost != 201 || lost < 100 {
		t.Errorf("%d frames, %d lost", frames, lost)
	}
	f2 := busy(t)
	gone := source(t, f2.Name(), "1")
	must(t, f2.Close())
	err = gone.Follow(t.Context(), inspect.Tail{Back: 1, Follow: true}, func(*inspect.Frame) error {
		_, err := inspect.GC(everywhere, f2.Name(), inspect.GCOptions{Remove: true})
		return err
	}, nil)
	if !errors.Is(err, inspect.ErrRemoved) {
		t.Errorf("of a segment that was removed: %v", err)
	}
	mine := errors.New("mine")
	err = s.Follow(t.Context(), inspect.Tail{Back: 3}, func(*inspect.Frame) error { return mine }, nil)
	if !errors.Is(err, mine) {
		t.Errorf("the error of a callback: %v", err)
	}
}

func TestADumpAnswersLikeItsSegment(t *testing.T) {
	f := busy(t)
	for _, kind := range []string{"1", "2", "event", "heartbeat", "roll"} {
		s := source(t, f.Name(), kind)
		path := filepath.Join(t.TempDir(), "dump")
		d, err := s.Dump(path)
		must(t, err)
		if d.Torn != 0 || d.Nodes != 1 || d.File != path {
			t.Errorf("%+v", d)
		}
		dump := source(t, path)
		if dump.Live() || !s.Live() {
			t.Error("live and dump are mixed up")
		}
		was, _ := follow(t, s, inspect.Tail{Back: 100})
		is, _ := follow(t, dump, inspect.Tail{Back: 100, Follow: true})
		for i := range was { // their ages differ
			if was[i].Beat != nil {
				was[i].Beat.Age, is[i].Beat.Age = 0, 0
			}
		}
		if len(was) == 0 || !reflect.DeepEqual(was, is) {
			t.Errorf("%s: %+v, want %+v", kind, is, was)
		}
		st, err := dump.Stat(t.Context(), time.Hour)
		must(t, err)
		if st.Live || st.Interval != 0 || st.Taken == nil || len(st.Segment.Nodes) != 1 || st.Fleet != f.Name() {
			t.Errorf("%+v", st)
		}
		if _, err := s.Dump(path); !errors.Is(err, os.ErrExist) {
			t.Errorf("over a file that exists: %v", err)
		}
		if _, err := dump.Dump(path + "2"); !errors.Is(err, inspect.ErrNothing) {
			t.Errorf("of a dump: %v", err)
		}
		// A plain copy of the segment's file, without a trailer.
		image, err := os.ReadFile(filepath.Join(shm.DefaultDir(), filepath.Base(d.Segment)))
		must(t, err)
		must(t, os.WriteFile(path+".copy", image, 0o600))
		if again, _ := follow(t, source(t, path+".copy"), inspect.Tail{Back: 100}); len(again) != len(was) {
			t.Errorf("%s: %d frames of a plain copy, want %d", kind, len(again), len(was))
		}
	}
}

func TestADumpThatIsNoneIsRefused(t *testing.T) {
	dir := t.TempDir()
	for what, text := range map[string]string{
		"empty": "", "text": "hello", "a lying trailer": strings.Repeat("x", 600) + "\xff\xff\xff\xff\xff\xff\xff\x7fORBITDMP",
	} {
		path := filepath.Join(dir, "x")
		must(t, os.WriteFile(path, []byte(text), 0o600))
		found, err := everywhere.Find([]string{path})
		must(t, err)
		if _, err := inspect.Open(found[0]); !errors.Is(err, inspect.ErrDump) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := everywhere.Find([]string{dir + "/missing"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	found, err := everywhere.Find([]string{dir + "/."})
	must(t, err)
	if _, err := inspect.Open(found[0]); !errors.Is(err, inspect.ErrDump) {
		t.Errorf("a directory: %v", err)
	}
}

func TestWhatIsNotThereIsAnsweredWithWhatIs(t *testing.T) {
	f := busy(t)
	_, err := everywhere.Find([]string{f.Name(), "9"})
	if !errors.Is(err, inspect.ErrNothing) || !strings.Contains(err.Error(), f.Name()+" 220") {
		t.Errorf("another kind: %v", err)
	}
	_, err = everywhere.Find([]string{f.Name() + "x"})
	if !errors.Is(err, inspect.ErrNothing) || !strings.Contains(err.Error(), "fleet "+f.Name()) {
		t.Errorf("another fleet: %v", err)
	}
	t.Chdir(t.TempDir())
	must(t, os.WriteFile("evidence", nil, 0o600))
	if _, err := everywhere.Find([]string{"evidence"}); !errors.Is(err, inspect.ErrNothing) || !strings.Contains(err.Error(), "./evidence") {
		t.Errorf("a file without a '/': %v", err)
	}
	for _, kind := range []string{"0", "256", "-1", "events", ""} {
		if _, err := everywhere.Find([]string{f.Name(), kind}); !errors.Is(err, inspect.ErrKind) {
			t.Errorf("kind %q: %v", kind, err)
		}
	}
	if _, err := everywhere.Find([]string{"a\x1bb"}); !errors.Is(err, shm.ErrName) || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("an odd name: %v", err)
	}
}

func TestTopTellsRatesMembersAndHeartbeats(t *testing.T) {
	f := busy(t)
	w := inspect.NewWatch(everywhere, f.Name())
	defer w.Close()
	_, err := w.Round()
	must(t, err)
	a := family(t, f, lane)
	for range 1000 {
		_, err := a.Publish(0, 0, nil)
		must(t, err)
	}
	top, err := w.Round()
	must(t, err)
	if len(top.Rings) != 5 || len(top.Members) != 1 || top.Interval <= 0 {
		t.Fatalf("%+v", top)
	}
	r := top.Rings[1]
	seconds := top.Interval.Seconds()
	if near := 1000 / seconds; r.Rate < near*0.99 || r.Rate > near*1.01 || r.Head != 1010 || r.Keeps <= 0 {
		t.Errorf("rate %v, want %v; head %d, keeps %v", r.Rate, near, r.Head, r.Keeps)
	}
	m := top.Members[0]
	if m.PID != os.Getpid() || m.Beat == nil || m.Beat.Load != 42 || m.Rings != 5 || m.Rate < r.Rate || m.Joined == nil {
		t.Errorf("%+v", m)
	}
	if s := top.Rings[0]; s.Rate != 0 || s.Keeps != 0 {
		t.Errorf("a quiet ring: %+v", s)
	}
}

func TestWhatVanishesOrIsTruncatedWhileWatchedIsTold(t *testing.T) {
	if !fleettest.Shareable() {
		t.Skip("this build cannot share segments")
	}
	dir := t.TempDir()
	place := inspect.Place{Dir: dir, UID: inspect.Everyone}
	f, err := fleet.JoinShared("shop", fleet.Options{Size: 4, Dir: dir})
	must(t, err)
	must(t, define(f))
	family(t, f, shared)
	family(t, f, lane)
	w := inspect.NewWatch(place, "")
	defer w.Close()
	_, err = w.Round()
	must(t, err)
	found, err := place.Find([]string{"shop", "2"})
	must(t, err)
	s, err := inspect.Open(found[0])
	must(t, err)
	defer s.Close()
	must(t, os.Truncate(found[0].Path, 512))
	if _, err := s.Stat(t.Context(), 0); !errors.Is(err, shm.ErrTruncated) {
		t.Errorf("stat: %v", err)
	}
	if _, err := s.Dump(filepath.Join(dir, "dump")); !errors.Is(err, shm.ErrTruncated) {
		t.Errorf("dump: %v", err)
	}
	err = s.Follow(t.Context(), inspect.Tail{Back: 5}, nil, nil)
	if !errors.Is(err, shm.ErrTruncated) {
		t.Errorf("tail: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "dump")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a dump is left: %v", err)
	}
	must(t, os.Remove(filepath.Join(dir, "orbit-shop-1-"+strconv.Itoa(os.Geteuid()))))
	top, err := w.Round()
	must(t, err)
	if len(top.Rings) != 2 || top.Rings[0].Kind != 2 || !strings.Contains(top.Rings[0].Error, "512 bytes") || top.Rings[1].Error != "" {
		t.Errorf("%+v", top.Rings)
	}
	must(t, f.Close())
}
