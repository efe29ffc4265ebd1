package chart

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// A Curve is a distribution of times: how large the value is below which a
// share of all lies.
type Curve struct {
	Name   string
	Points []Point
}

// A Point of a curve.
type Point struct {
	Quantile float64 // 0 … 1
	Nanos    float64
}

// Percentiles draws curves over an axis on which every nine takes the same room.
func Percentiles(title string, curves []Curve) (string, error) {
	p := newPlot(title, "percentile", "latency")
	lo, hi, most := math.Inf(1), 1.0, 10.0
	for i, c := range curves {
		var line plotter.XYs
		for _, pt := range c.Points {
			if pt.Quantile >= 1 || pt.Nanos <= 0 {
				continue
			}
			x := 1 / (1 - pt.Quantile)
			line = append(line, plotter.XY{X: x, Y: pt.Nanos})
			lo, hi, most = min(lo, pt.Nanos), max(hi, pt.Nanos), max(most, x)
		}
		if len(line) == 0 {
			continue
		}
		l, err := plotter.NewLine(line)
		if err != nil {
			return "", err
		}
		l.StepStyle = plotter.PostStep
		l.Color, l.Width = paint(i), 1.6
		p.Add(l)
		p.Legend.Add(c.Name, l)
	}
	if math.IsInf(lo, 1) {
		return "", errEmpty
	}
	p.Add(grid{})
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Min, p.X.Max = 1, most
	p.X.Tick.Marker = nines{}
	p.Y.Min, p.Y.Max = roomy(lo, hi, 10)
	p.Y.Tick.Marker = decades{10, nanos}
	p.Legend.Top = true
	p.Legend.XOffs = 8
	return render(p, height+vg.Length(len(curves))*6)
}

// nines are the ticks 0 %, 90 %, 99 % …
type nines struct{}

// Ticks is plot.Ticker.
func (nines) Ticks(low, high float64) []plot.Tick {
	names := []string{"0 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %", "99.9999 %", "99.99999 %"}
	var all []plot.Tick
	for i, n := range names {
		if v := math.Pow(10, float64(i)); v <= high*1.001 {
			all = append(all, plot.Tick{Value: v, Label: n})
		}
	}
	for _, m := range []struct {
		v float64
		n string
	}{{2, "50 %"}} {
		all = append(all, plot.Tick{Value: m.v, Label: m.n})
	}
	return all
}
