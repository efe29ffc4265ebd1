// Package chart draws the pictures of reports: percentile curves, throughput
// bars, the frontier of a search. Each is an SVG that stands for itself and
// reads well on a light and on a dark page. It knows figures only, not where
// they come from; package report and the command tune call it.
package chart

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"regexp"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// ink and faint stand for colours that the page decides: the picture is drawn
// with them, and they are replaced in its text.
var (
	ink   = color.NRGBA{1, 2, 3, 255}
	faint = color.NRGBA{4, 5, 6, 255}
)

// palette has colours of middle lightness, which stand out from white and from
// black alike.
var palette = []color.Color{
	color.NRGBA{0x2f, 0x81, 0xe0, 255}, // blue
	color.NRGBA{0xdd, 0x7a, 0x1b, 255}, // orange
	color.NRGBA{0x2f, 0x9e, 0x68, 255}, // green
	color.NRGBA{0xae, 0x63, 0xd4, 255}, // violet
	color.NRGBA{0x8b, 0x91, 0x9c, 255}, // grey
	color.NRGBA{0xd6, 0x4f, 0x5c, 255}, // red
	color.NRGBA{0x1f, 0x9f, 0xb0, 255}, // teal
	color.NRGBA{0x9c, 0x8a, 0x1e, 255}, // olive
}

func paint(i int) color.Color { return palette[i%len(palette)] }

const (
	width  = vg.Length(480)
	height = vg.Length(300)
)

// newPlot has the look that all pictures share.
func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	sans := font.Font{Typeface: "Liberation", Variant: "Sans"}
	cache := font.NewCache(liberation.Collection())
	handler := text.Plain{Fonts: cache}
	style := func(s *text.Style, size vg.Length) {
		s.Font = font.From(sans, size)
		s.Color, s.Handler = ink, handler
	}
	p.BackgroundColor = nil
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.TextHandler = handler
	style(&p.Title.TextStyle, 12.5)
	p.Title.Padding = 8
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		style(&a.Label.TextStyle, 10.5)
		style(&a.Tick.Label, 9.5)
		a.Color, a.Tick.Color = ink, ink
		a.LineStyle.Width, a.Tick.LineStyle.Width = 0.6, 0.6
		a.Padding, a.Tick.Length = 4, 3
		a.Label.Padding = 4
	}
	style(&p.Legend.TextStyle, 9.5)
	p.Legend.ThumbnailWidth = 18
	p.Legend.Left = true // marks before their names, so that other fonts do no harm
	p.Legend.Padding = 3
	return p
}

// render draws p and hands its colours over to the page.
func render(p *plot.Plot, h vg.Length) (string, error) {
	c := vgsvg.New(width, h)
	p.Draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return "", err
	}
	s := b.String()
	s = s[strings.Index(s, "<svg"):] // without the XML header: it goes into a page
	s = strings.NewReplacer("#010203", "currentColor", "#040506", "currentColor;stroke-opacity:.18").Replace(s)
	s = fontFamily.ReplaceAllString(s, "font-family:'Liberation Sans',Arial,Helvetica,sans-serif")
	s = plainSize.ReplaceAllString(s, fmt.Sprintf(`<svg viewBox="0 0 %g %g" role="img"`, float64(width), float64(h)))
	return s, nil
}

var (
	fontFamily = regexp.MustCompile(`font-family:[^;"]*(;font-variant:[^;"]*)?`)
	plainSize  = regexp.MustCompile(`<svg width="[^"]*" height="[^"]*" viewBox="[^"]*"`)
)

// Standalone makes an SVG a file of its own, which follows the reader's choice
// of light or dark.
func Standalone(svg string) string {
	const look = `<style>svg{color:#20242b;background:#fff}@media(prefers-color-scheme:dark){svg{color:#d7dbe2;background:#14171c}}</style>`
	i := strings.Index(svg, ">") + 1
	return strings.Replace(svg[:i], "<svg", fmt.Sprintf(`<svg width="%g" height="%g"`, float64(width)*1.5, float64(height)*1.5), 1) + look + svg[i:] + "\n"
}

// decades are the ticks of a logarithmic axis: powers of the base, labelled by
// the function.
type decades struct {
	base  float64
	label func(float64) string
}

// Ticks is plot.Ticker.
func (d decades) Ticks(low, high float64) []plot.Tick {
	var all []plot.Tick
	first, last := math.Floor(math.Log(low)/math.Log(d.base)+1e-9), math.Ceil(math.Log(high)/math.Log(d.base)-1e-9)
	every := max(1, math.Ceil((last-first)/8))
	for e := first; e <= last; e++ {
		v := math.Pow(d.base, e)
		if v < low*0.999 || v > high*1.001 {
			continue
		}
		t := plot.Tick{Value: v}
		if math.Mod(e-first, every) == 0 {
			t.Label = d.label(v)
		}
		all = append(all, t)
	}
	return all
}

// grid draws a faint line at each labelled tick of the vertical axis.
type grid struct{}

// Plot is plot.Plotter.
func (grid) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if t.Label != "" {
			c.StrokeLine2(draw.LineStyle{Color: faint, Width: 0.6}, c.Min.X, y(t.Value), c.Max.X, y(t.Value))
		}
	}
}

// roomy widens lo … hi to whole powers of the base.
func roomy(lo, hi, base float64) (float64, float64) {
	lo = math.Pow(base, math.Floor(math.Log(lo)/math.Log(base)))
	hi = math.Pow(base, math.Ceil(math.Log(hi)/math.Log(base)))
	if hi <= lo {
		hi = lo * base
	}
	return lo, hi
}

// nanos labels a time.
func nanos(ns float64) string {
	switch {
	case ns >= 0.9995e9:
		return fmt.Sprintf("%.3g s", ns/1e9)
	case ns >= 0.9995e6:
		return fmt.Sprintf("%.3g ms", ns/1e6)
	case ns >= 999.5:
		return fmt.Sprintf("%.3g µs", ns/1e3)
	}
	return fmt.Sprintf("%.3g ns", ns)
}

// Rate writes messages a second as axes do: 12.3M.
func Rate(x float64) string {
	switch {
	case x >= 0.9995e9:
		return fmt.Sprintf("%.3gG", x/1e9)
	case x >= 0.9995e6:
		return fmt.Sprintf("%.3gM", x/1e6)
	case x >= 999.5:
		return fmt.Sprintf("%.3gk", x/1e3)
	}
	return fmt.Sprintf("%.3g", x)
}

// bytesOf labels sizes.
func bytesOf(x float64) string {
	switch {
	case x >= 1<<30:
		return fmt.Sprintf("%.3g GiB", x/(1<<30))
	case x >= 1<<20:
		return fmt.Sprintf("%.3g MiB", x/(1<<20))
	case x >= 1<<10:
		return fmt.Sprintf("%.3g KiB", x/(1<<10))
	}
	return fmt.Sprintf("%.3g B", x)
}
