package fleet_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

const kindOfAnswers = 42

type answer struct{ N uint64 }

func (answer) OrbitKind() uint8 { return kindOfAnswers }

type question struct {
	Number int32
	About  [3]uint8
	Urgent bool
}

func (question) OrbitKind() uint8 { return 43 }

// pretender has the kind and the shape of answer.
type pretender struct{ N uint64 }

func (pretender) OrbitKind() uint8 { return kindOfAnswers }

type empty struct{}

func (empty) OrbitKind() uint8 { return 44 }

func TestTypedValuesComeBack(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		answers, err := fleet.Of[answer](f)
		must(t, err)
		questions, err := fleet.Of[question](f)
		must(t, err)
		var got fleet.Item[answer]
		if ok, err := answers.ReadHead(&got); ok || err != nil {
			t.Errorf("an answer before the first: %v", err)
		}
		a, err := answers.Publish(3, 5, &answer{42})
		must(t, err)
		asked := question{Number: -7, About: [3]uint8{1, 2, 3}, Urgent: true}
		q, err := questions.Publish(0, 0, &asked)
		must(t, err)
		if a != netid64.Make(kindOfAnswers, 0, 0) || q != netid64.Make(43, 0, 0) {
			t.Errorf("ids %v and %v", a, q)
		}
		other, err := fleet.Of[answer](fleettest.Sibling(t, f, 1))
		must(t, err)
		for what, read := range map[string]func(*fleet.Item[answer]) (bool, error){
			"by id":        func(to *fleet.Item[answer]) (bool, error) { return other.Read(a, to) },
			"head":         other.ReadHead,
			"head of node": func(to *fleet.Item[answer]) (bool, error) { return other.ReadHeadOf(0, to) },
		} {
			got = fleet.Item[answer]{}
			ok, err := read(&got)
			if err != nil || !ok || got != (fleet.Item[answer]{ID: a, Version: 5, Op: 3, Value: answer{42}}) {
				t.Errorf("%s: %+v %v %v", what, got, ok, err)
			}
		}
		var which fleet.Item[question]
		if ok, err := questions.Read(q, &which); err != nil || !ok || which.Value != asked {
			t.Errorf("%+v %v %v", which, ok, err)
		}
		if ok, err := answers.Read(q, &got); ok || err != nil {
			t.Errorf("a question as an answer: %+v %v %v", got, ok, err)
		}
	})
}

func TestATypedCursorDeliversInOrderAndCountsLoss(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		must(t, f.Define(kindOfAnswers, fleet.Spec{Capacity: 2}))
		answers, err := fleet.Of[answer](f)
		must(t, err)
		c, err := answers.Cursor(ring.Oldest)
		must(t, err)
		defer c.Close()
		for i := range uint64(3) {
			_, err := answers.Publish(0, 0, &answer{i})
			must(t, err)
		}
		must(t, c.Wait(context.Background()))
		var got []uint64
		for item := range c.Items(0) {
			got = append(got, item.Value.N)
		}
		if len(got) != 2 || got[0] != 1 || got[1] != 2 || c.Loss() != (ring.Loss{Overwritten: 1}) || c.Foreign() != 0 {
			t.Errorf("%v, lost %+v, foreign %d", got, c.Loss(), c.Foreign())
		}
		if ok, err := c.Next(new(fleet.Item[answer])); ok || err != nil {
			t.Errorf("more: %v %v", ok, err)
		}
	})
}

func TestAFrameThatIsNoTIsRefusedByReadersAndPassedByCursors(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		answers, err := fleet.Of[answer](f)
		must(t, err)
		_, err = f.Publish(kindOfAnswers, 0, 0, []byte("half"))
		must(t, err)
		var got fleet.Item[answer]
		ok, err := answers.ReadHead(&got)
		detail, is := errors.AsType[*fleet.FrameError](err)
		if ok || !is || detail.Have != 4 || detail.Want != 8 {
			t.Errorf("%+v %v %v", got, ok, err)
		}
		_, err = answers.Publish(0, 0, &answer{1})
		must(t, err)
		c, err := answers.Cursor(ring.Oldest)
		must(t, err)
		defer c.Close()
		if ok, err := c.Next(&got); err != nil || !ok || got.Value.N != 1 || c.Foreign() != 1 {
			t.Errorf("%+v %v %v, foreign %d", got, ok, err, c.Foreign())
		}
	})
}

func TestAnEmptyTypeIsAValueToo(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		signals, err := fleet.Of[empty](f)
		must(t, err)
		id, err := signals.Publish(1, 2, &empty{})
		must(t, err)
		var got fleet.Item[empty]
		if ok, err := signals.Read(id, &got); err != nil || !ok || got.Op != 1 || got.Version != 2 {
			t.Errorf("%+v %v %v", got, ok, err)
		}
	})
}

func TestTwoTypesOnOneKindAreRefusedWithBothNames(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		_, err := fleet.Of[answer](f)
		must(t, err)
		for where, g := range map[string]*fleet.Fleet{"the same member": f, "another member": fleettest.Sibling(t, f, 1)} {
			_, err := fleet.Of[pretender](g)
			if !errors.Is(err, layout.ErrMismatch) || !strings.Contains(err.Error(), "fleet_test.answer") ||
				!strings.Contains(err.Error(), "fleet_test.pretender") {
				t.Errorf("%s: %v", where, err)
			}
		}
	})
}

func TestBytesOnATypedKindAreTheSameKind(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		g := fleettest.Sibling(t, f, 1)
		_, err := fleet.Of[answer](f)
		must(t, err)
		_, err = g.Publish(kindOfAnswers, 0, 0, nil)
		if !errors.Is(err, layout.ErrMismatch) {
			t.Errorf("bytes where another member has a type: %v", err)
		}
		_, err = g.Publish(43, 0, 0, nil)
		must(t, err)
		if _, err := fleet.Of[question](g); !errors.Is(err, layout.ErrMismatch) {
			t.Errorf("a type where there are bytes: %v", err)
		}
	})
}

func TestATypeThatChangedIsRefused(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		before, after := readingBefore(), readingAfter()
		must(t, before(f))
		must(t, before(f))
		err := after(f)
		if !errors.Is(err, layout.ErrMismatch) || !strings.Contains(err.Error(), "Celsius@0 float64") ||
			!strings.Contains(err.Error(), "Kelvin@0 float64") {
			t.Errorf("the same member: %v", err)
		}
		err = after(fleettest.Sibling(t, f, 1))
		if !errors.Is(err, layout.ErrMismatch) || !strings.Contains(err.Error(), "shape") {
			t.Errorf("another member: %v", err)
		}
	})
}

type kind45 struct{}

func (kind45) OrbitKind() uint8 { return 45 }

// readingBefore and readingAfter have a type of one name and size each.
func readingBefore() func(*fleet.Fleet) error {
	type reading struct {
		kind45
		Celsius float64
	}
	return func(f *fleet.Fleet) error { return second(fleet.Of[reading](f)) }
}

func readingAfter() func(*fleet.Fleet) error {
	type reading struct {
		kind45
		Kelvin float64
	}
	return func(f *fleet.Fleet) error { return second(fleet.Of[reading](f)) }
}

func TestADefinedSpecHoldsForTheType(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		must(t, f.Define(kindOfAnswers, fleet.Spec{Topology: fleet.Lane, Capacity: 16, Payload: 8, Stride: 128}))
		answers, err := fleet.Of[answer](f)
		must(t, err)
		g := answers.Ring().Identity().Geometry
		if g.Topology != layout.Lane || g.Lanes != 2 || g.Capacity != 16 || g.Stride != 128 || g.Payload != 8 {
			t.Errorf("%+v", g)
		}
		must(t, f.Define(43, fleet.Spec{Payload: 100}))
		if _, err := fleet.Of[question](f); !errors.Is(err, layout.ErrMismatch) || !strings.Contains(err.Error(), "100") {
			t.Errorf("a payload that is not the type's: %v", err)
		}
	})
}

type withPointer struct {
	kind45
	In struct{ P *int }
}
type withString struct {
	kind45
	Name string
}
type withMap struct {
	kind45
	M map[int]int
}
type withSlice struct {
	kind45
	S [2]struct{ S []int }
}
type withInterface struct {
	kind45
	I any
}
type withChan struct {
	kind45
	C chan int
}
type withFunc struct {
	kind45
	F func()
}
type withAddress struct {
	kind45
	A uintptr
}
type text string

func (text) OrbitKind() uint8 { return 45 }

type misplaced struct{ N int64 }

func (misplaced) OrbitKind() uint8 { return 220 }

func TestTypesThatCannotBeSharedAreRefusedByTheNameOfTheField(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		for field, err := range map[string]error{
			"In.P":  second(fleet.Of[withPointer](f)),
			"Name":  second(fleet.Of[withString](f)),
			"M":     second(fleet.Of[withMap](f)),
			"S[].S": second(fleet.Of[withSlice](f)),
			"I":     second(fleet.Of[withInterface](f)),
			"C":     second(fleet.Of[withChan](f)),
			"F":     second(fleet.Of[withFunc](f)),
			"A":     second(fleet.Of[withAddress](f)),
			"":      second(fleet.Of[text](f)),
		} {
			detail, ok := errors.AsType[*fleet.ShapeError](err)
			if !ok || detail.Field != field || !errors.Is(err, fleet.ErrShape) || !strings.Contains(err.Error(), "fleet_test.") {
				t.Errorf("%q: %v", field, err)
			}
		}
		if _, err := fleet.Of[misplaced](f); !errors.Is(err, fleet.ErrKind) || !strings.Contains(err.Error(), "misplaced") {
			t.Errorf("a reserved kind: %v", err)
		}
	})
}

func TestOfSpecSaysWhatTheRingLooksLike(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		lanes := fleet.Spec{Topology: fleet.Lane, Capacity: 16}
		for range 2 {
			answers, err := fleet.OfSpec[answer](f, lanes)
			must(t, err)
			if g := answers.Ring().Identity().Geometry; g.Topology != layout.Lane || g.Capacity != 16 || g.Payload != 8 {
				t.Errorf("%+v", g)
			}
		}
		_, err := fleet.Of[answer](f)
		must(t, err)
		_, err = fleet.OfSpec[answer](f, fleet.Spec{Topology: fleet.Lane, Capacity: 32})
		refused(t, "once it is open", err, "capacity", "16", "32")
		must(t, f.Define(43, lanes))
		_, err = fleet.OfSpec[question](f, fleet.Spec{Capacity: 16})
		refused(t, "once it is defined", err, "topology", "lane", "shared")
	})
}
