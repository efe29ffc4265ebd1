package chart

import (
	"errors"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// errEmpty: nothing to draw.
var errEmpty = errors.New("a picture without figures")

// A Group of bars that stand side by side, one for each series; NaN is none.
type Group struct {
	Name   string
	Values []float64 // messages a second
}

// Throughput draws groups of bars over a logarithmic axis, and the floor as a
// line across (0: none).
func Throughput(title, unit string, series []string, groups []Group, floor float64) (string, error) {
	p := newPlot(title, "", unit)
	lo, hi := math.Inf(1), 0.0
	for _, g := range groups {
		for _, v := range g.Values {
			if v > 0 {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	if hi == 0 {
		return "", errEmpty
	}
	if floor > 0 {
		hi = max(hi, floor)
	}
	lo, hi = roomy(lo/1.5, hi, 10)
	hi *= 2
	p.Y.Scale = plot.LogScale{}
	p.Y.Min, p.Y.Max = lo, hi
	p.Y.Tick.Marker = decades{10, Rate}
	p.X.Min, p.X.Max = -0.5, float64(len(groups))-0.5
	var ticks []plot.Tick
	for i, g := range groups {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: g.Name})
	}
	p.X.Tick.Marker = plot.ConstantTicks(ticks)
	p.X.Tick.Length = 0
	p.Add(grid{}, bars{groups, len(series)})
	for i, name := range series {
		p.Legend.Add(name, swatch{paint(i)})
	}
	if floor > 0 {
		line := plotter.XYs{{X: p.X.Min, Y: floor}, {X: p.X.Max, Y: floor}}
		l, err := plotter.NewLine(line)
		if err != nil {
			return "", err
		}
		l.Color, l.Width, l.Dashes = ink, 1.2, []vg.Length{4, 3}
		p.Add(l)
		p.Legend.Add("floor", l)
	}
	p.Legend.Top = true
	p.Legend.XOffs = 8
	p.Y.Max *= 10 // room for the legend
	return render(p, height)
}

// bars of all groups; they begin at the lower edge, as a logarithm has no 0.
type bars struct {
	groups []Group
	series int
}

// Plot is plot.Plotter.
func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	each := 0.8 / float64(b.series)
	for g, group := range b.groups {
		for i, v := range group.Values {
			if !(v > 0) {
				continue
			}
			left := float64(g) - 0.4 + each*float64(i)
			fill(c, paint(i), x(left+0.08*each), c.Min.Y, x(left+0.92*each), y(v))
		}
	}
}

func fill(c draw.Canvas, with color.Color, x0, y0, x1, y1 vg.Length) {
	c.FillPolygon(with, []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
}

// swatch is a bar's mark in the legend.
type swatch struct{ color color.Color }

// Thumbnail is plot.Thumbnailer.
func (s swatch) Thumbnail(c *draw.Canvas) {
	fill(*c, s.color, c.Min.X+3, c.Min.Y+1, c.Max.X-3, c.Max.Y-1)
}
