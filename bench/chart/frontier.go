package chart

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Try is one shape of a search: what it takes, how fast it was, whether it
// lost anything.
type Try struct {
	Series string
	Bytes  float64
	Nanos  float64
	Loses  bool
	Pick   bool
}

// Frontier draws what was tried: full marks hold, crosses lose, the pick has a
// ring around it.
func Frontier(title string, tries []Try) (string, error) {
	if len(tries) == 0 {
		return "", errEmpty
	}
	p := newPlot(title, "memory of the segment", "median latency")
	series := map[string]int{}
	var x0, x1, y0, y1 = math.Inf(1), 1.0, math.Inf(1), 1.0
	var pick *plotter.Scatter
	for _, t := range tries {
		x0, x1, y0, y1 = min(x0, t.Bytes), max(x1, t.Bytes), min(y0, t.Nanos), max(y1, t.Nanos)
		n, known := series[t.Series]
		if !known {
			n = len(series)
			series[t.Series] = n
		}
		s, err := plotter.NewScatter(plotter.XYs{{X: t.Bytes, Y: t.Nanos}})
		if err != nil {
			return "", err
		}
		s.Color, s.Radius, s.Shape = paint(n), 4, draw.CircleGlyph{}
		if t.Loses {
			s.Shape = cross{}
		}
		p.Add(s)
		if !known {
			p.Legend.Add(t.Series, swatch{paint(n)})
		}
		if t.Pick {
			around, err := plotter.NewScatter(plotter.XYs{{X: t.Bytes, Y: t.Nanos}})
			if err != nil {
				return "", err
			}
			around.Color, around.Radius, around.Shape = ink, 8, draw.RingGlyph{}
			pick = around
		}
	}
	if pick != nil {
		p.Add(pick)
	}
	p.Add(grid{})
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Min, p.X.Max = x0/1.5, x1*1.5
	p.X.Tick.Marker = decades{2, bytesOf}
	p.Y.Min, p.Y.Max = roomy(y0/1.3, y1*1.3, 10)
	p.Y.Tick.Marker = decades{10, nanos}
	for _, l := range []struct {
		name string
		mark draw.GlyphDrawer
		size vg.Length
	}{{"holds", draw.CircleGlyph{}, 3.5}, {"loses", cross{}, 3.5}, {"pick", draw.RingGlyph{}, 4.5}} {
		p.Legend.Add(l.name, mark{l.mark, l.size})
	}
	p.Legend.Top = true
	p.Legend.XOffs = 8
	p.Y.Max *= 10 // room for the legend
	return render(p, height)
}

// cross is a bold one.
type cross struct{}

// DrawGlyph is draw.GlyphDrawer.
func (cross) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	r := s.Radius * 0.8
	line := draw.LineStyle{Color: s.Color, Width: 1.8}
	c.StrokeLine2(line, at.X-r, at.Y-r, at.X+r, at.Y+r)
	c.StrokeLine2(line, at.X-r, at.Y+r, at.X+r, at.Y-r)
}

// mark is a sign of the legend.
type mark struct {
	glyph draw.GlyphDrawer
	size  vg.Length
}

// Thumbnail is plot.Thumbnailer.
func (m mark) Thumbnail(c *draw.Canvas) {
	c.DrawGlyph(draw.GlyphStyle{Color: ink, Radius: m.size, Shape: m.glyph}, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: (c.Min.Y + c.Max.Y) / 2})
}
