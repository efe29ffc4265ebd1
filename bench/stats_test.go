package bench

import (
	"math"
	"testing"
)

func TestQuantilesBetweenNeighbours(t *testing.T) {
	xs := []float64{1, 2, 3, 4}
	for _, c := range []struct{ q, want float64 }{{0, 1}, {0.5, 2.5}, {1, 4}, {0.25, 1.75}} {
		if got := quantile(xs, c.q); got != c.want {
			t.Errorf("quantile %v is %v, want %v", c.q, got, c.want)
		}
	}
	if !math.IsNaN(quantile(nil, 0.5)) {
		t.Error("a quantile of nothing is a number")
	}
}

func TestMedianLeavesItsInputAlone(t *testing.T) {
	xs := []float64{9, 1, 5}
	if median(xs) != 5 || xs[0] != 9 {
		t.Fatal(median(xs), xs)
	}
}

func TestSpread(t *testing.T) {
	s := spread([]float64{10, 12, 8, 10, 10})
	if s.N != 5 || s.Min != 8 || s.Median != 10 || s.Max != 12 || s.Swing != 0 {
		t.Fatalf("%+v", s)
	}
	if spread(nil) != (Spread{}) {
		t.Fatal("a spread of nothing is something")
	}
}

func TestApartIsSymmetric(t *testing.T) {
	if apart(100, 150) != 0.5 || apart(150, 100) != 0.5 || !math.IsInf(apart(0, 1), 1) {
		t.Fatal(apart(100, 150), apart(150, 100), apart(0, 1))
	}
}

func TestRowTakesSteadySamplesWhenThereAreSome(t *testing.T) {
	s := Spec{Mode: Stream, Topology: Topology{1, 1}, Transport: Lane, Payload: 32, Capacity: 64}
	counts := Counts{Delivered: 10}
	row := newRow(s, []Sample{
		{Nanos: 10, XFloor: 2, Sent: 10, Counts: counts},
		{Nanos: 500, XFloor: 100, Sent: 10, Counts: counts, Unsteady: "noise"},
		{Nanos: 12, XFloor: 2.4, Sent: 10, Counts: counts},
	}, []int{0, 1})
	if row.Nanos != 11 || row.XFloor != 2.2 || row.Counts.Delivered != 30 || row.Ratio != 1 {
		t.Fatalf("%+v", row)
	}
	if len(row.Marks) != 1 || row.Marks[0] != "unsteady 1/3" {
		t.Fatal(row.Marks)
	}
}

func TestBracketJudgesTheFloors(t *testing.T) {
	steady := floorSample{Nanos: 100, Share: 1}
	for _, c := range []struct {
		name   string
		share  float64
		after  floorSample
		steady bool
	}{
		{"same", 1, floorSample{Nanos: 110, Share: 1}, true},
		{"moved", 1, floorSample{Nanos: 200, Share: 1}, false},
		{"floor preempted", 1, floorSample{Nanos: 100, Share: 0.5}, false},
		{"worker preempted", 0.5, floorSample{Nanos: 100, Share: 1}, false},
	} {
		x := Sample{Nanos: 210, Share: c.share}
		x.bracket(steady, c.after, 1)
		if (x.Unsteady == "") != c.steady {
			t.Errorf("%s: %q", c.name, x.Unsteady)
		}
	}
	x := Sample{Nanos: 210, Share: 1}
	x.bracket(steady, floorSample{Nanos: 110, Share: 1}, 1)
	if x.XFloor != 2 {
		t.Errorf("x-floor %v of 210 over 100 and 110", x.XFloor)
	}
}
