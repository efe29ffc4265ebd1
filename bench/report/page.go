package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/orbitring/orbit/bench"
	"github.com/orbitring/orbit/bench/chart"
	"github.com/orbitring/orbit/bench/gate"
	"github.com/orbitring/orbit/bench/tune"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// Write makes the page of the folders and writes it to w. What is wrong with a
// folder is told before anything is written.
func Write(w io.Writer, dirs ...string) error {
	var sections []section
	for _, dir := range dirs {
		r, err := read(dir)
		if err != nil {
			return err
		}
		s, err := r.section()
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		sections = append(sections, s)
	}
	return page.Execute(w, sections)
}

// A section of the page is one record.
type section struct {
	Title    string
	Kind     string
	Command  string
	Verdict  string   // in one line, of a comparison or a search
	Class    string   // good, bad or unsure
	Failed   []string // rows without a figure, and why
	Facts    [][2]string
	Warnings []string
	Pictures []template.HTML
	Tables   []table
	Code     string
}

type table struct {
	Title string
	Head  []string
	Rows  []tableRow
}

type tableRow struct {
	Class string
	Cells []string
}

func (r *record) section() (section, error) {
	s := section{Title: r.Dir}
	var err error
	switch {
	case r.Run != nil:
		err = s.run(r)
	case r.AB != nil:
		s.ab(r.AB)
	case r.Tune != nil:
		err = s.tune(r.Tune)
	}
	return s, err
}

func (s *section) host(h bench.Host) { s.Facts, s.Warnings = h.Facts(), h.Warnings() }

func (s *section) draw(svg string, err error) error {
	if err == nil {
		s.Pictures = append(s.Pictures, template.HTML(svg)) // of our own making; names in it are escaped
	}
	return err
}

// run shows a recorded run: throughput by mode and topology, latencies, all rows.
func (s *section) run(r *record) error {
	m := r.Run
	s.Kind, s.Command = "run of "+m.Began.Format("2006-01-02 15:04 UTC"), strings.Join(m.Command, " ")
	s.Facts, s.Warnings, s.Failed = m.Host.Facts(), m.Warnings, m.Failed
	for _, f := range m.Floors {
		s.Facts = append(s.Facts, [2]string{"floor", fmt.Sprintf("%s: %.3g to %.3g ns, median %.3g", f.Name, f.Min, f.Max, f.Median)})
	}
	if err := s.throughput(m); err != nil {
		return err
	}
	for _, mode := range []string{"rate", "wake"} {
		var curves []chart.Curve
		for _, row := range m.Rows {
			if c, ok := r.Curves[row.Name]; ok && parse(row.Name).values["mode"] == mode {
				curves = append(curves, c)
			}
		}
		for few := range slices.Chunk(curves, 8) {
			if err := s.draw(chart.Percentiles("Latency, "+mode, few)); err != nil {
				return err
			}
		}
	}
	t := table{Title: "Medians of all rows", Head: []string{"mode", "topology", "payload", "over", "conditions", "ns/op", "messages/s", "x-floor", "marks"}}
	for _, row := range m.Rows {
		k := parse(row.Name)
		ns := middle(row, func(x bench.ManifestSample) float64 { return x.Nanos })
		class := ""
		if k.base == "Orbit" {
			class = "own"
		}
		t.Rows = append(t.Rows, tableRow{class, []string{
			k.values["mode"], k.values["topology"], k.values["payload"], k.carrier(), strings.Join(k.rest, " "),
			digits(ns), perSecond(k, ns), fmt.Sprintf("%.3g", middle(row, func(x bench.ManifestSample) float64 { return x.XFloor })),
			strings.Join(row.Marks, ", "),
		}})
	}
	s.Tables = append(s.Tables, t)
	return nil
}

// perSecond is the throughput of a closed loop; of latencies there is none.
func perSecond(k key, ns float64) string {
	switch k.values["mode"] {
	case "stream", "lossy", "pingpong":
		return chart.Rate(1e9 / ns)
	}
	return ""
}

// digits writes a time in ns without an exponent.
func digits(ns float64) string {
	if ns >= 1000 {
		return fmt.Sprintf("%.0f", ns)
	}
	return fmt.Sprintf("%.4g", ns)
}

// throughput draws one picture for each closed loop and topology.
func (s *section) throughput(m *bench.Manifest) error {
	type where struct{ mode, topology string }
	var places []where
	var series []string
	floors, values := map[where]float64{}, map[where]map[string]map[string]float64{} // by payload, by carrier
	for _, row := range m.Rows {
		k := parse(row.Name)
		at := where{k.values["mode"], k.values["topology"]}
		if perSecond(k, 1) == "" || len(k.rest) > 0 {
			continue
		}
		v := 1e9 / middle(row, func(x bench.ManifestSample) float64 { return x.Nanos })
		if k.base == "Floor" {
			floors[at] = v
			continue
		}
		if values[at] == nil {
			values[at] = map[string]map[string]float64{}
			places = append(places, at)
		}
		if values[at][k.values["payload"]] == nil {
			values[at][k.values["payload"]] = map[string]float64{}
		}
		values[at][k.values["payload"]][k.carrier()] = v
		if !slices.Contains(series, k.carrier()) {
			series = append(series, k.carrier())
		}
	}
	for _, at := range places {
		var payloads []string
		for p := range values[at] {
			payloads = append(payloads, p)
		}
		slices.SortFunc(payloads, func(a, b string) int { return number(a) - number(b) })
		var groups []chart.Group
		for _, p := range payloads {
			g := chart.Group{Name: p + " B"}
			for _, name := range series {
				v, ok := values[at][p][name]
				if !ok {
					v = math.NaN()
				}
				g.Values = append(g.Values, v)
			}
			groups = append(groups, g)
		}
		unit := "messages a second"
		if at.mode == "pingpong" {
			unit = "round trips a second"
		}
		if err := s.draw(chart.Throughput(fmt.Sprintf("%s, %s producers x consumers", at.mode, at.topology), unit, series, groups, floors[at])); err != nil {
			return err
		}
	}
	return nil
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// middle is the median over a row's samples; over the steady ones, if there are
// any.
func middle(row bench.ManifestRow, of func(bench.ManifestSample) float64) float64 {
	var steady, all []float64
	for _, x := range row.Samples {
		all = append(all, of(x))
		if x.Unsteady == "" {
			steady = append(steady, of(x))
		}
	}
	if len(steady) > 0 {
		all = steady
	}
	slices.Sort(all)
	if len(all) == 0 {
		return math.NaN()
	}
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

// ab shows a comparison.
func (s *section) ab(r *gate.Record) {
	s.Kind, s.Command = "comparison in turn", strings.Join(r.Command, " ")
	s.host(r.Host)
	s.Facts = append(s.Facts, [2]string{"old", r.Old.String()}, [2]string{"new", r.New.String()},
		[2]string{"rounds", fmt.Sprintf("%d in %.0f s, order of seed %d", r.Rounds, r.Seconds, r.Seed)})
	s.Verdict = r.Judgement.Sentence()
	s.Class = map[gate.Verdict]string{gate.Regression: "bad", gate.CannotTell: "unsure"}[r.Judgement.Verdict]
	if s.Class == "" {
		s.Class = "good"
	}
	t := table{Title: "Rows", Head: r.Judgement.Head()}
	for _, f := range r.Judgement.Findings {
		class := ""
		switch f.Verdict {
		case gate.Regression:
			class = "bad"
		case gate.CannotTell:
			class = "unsure"
		}
		cells := f.Cells()
		k := parse(strings.TrimPrefix(f.Row, "Benchmark"))
		cells[0] = k.values["mode"] + " " + k.label()
		t.Rows = append(t.Rows, tableRow{class, cells})
	}
	s.Tables = append(s.Tables, t)
}

// tune shows a search.
func (s *section) tune(r *tune.Record) error {
	s.Kind, s.Command = "search for the smallest ring", strings.Join(r.Command, " ")
	s.host(r.Host)
	s.Verdict, s.Class = r.Summary(r.Host), "good"
	s.Code = r.Literal()
	svg, err := r.Picture()
	if err := s.draw(svg, err); err != nil {
		return err
	}
	t := table{Title: "Trials", Head: tune.Head}
	for _, x := range r.Trials {
		class := ""
		switch {
		case x.Shape == r.Pick.Shape:
			class = "own"
		case !x.Holds():
			class = "unsure"
		}
		t.Rows = append(t.Rows, tableRow{class, x.Cells()})
	}
	s.Tables = append(s.Tables, t)
	return nil
}
