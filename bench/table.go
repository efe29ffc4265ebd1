package bench

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// WriteTable writes the report for people.
func (r *Report) WriteTable(w io.Writer, colour bool) error {
	t := &text{colour: colour}
	r.head(t)
	r.table(t)
	r.tail(t)
	_, err := io.WriteString(w, t.b.String())
	return err
}

// text collects lines, with or without colour.
type text struct {
	b      strings.Builder
	colour bool
}

const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (t *text) paint(code, s string) string {
	if !t.colour || code == "" || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (t *text) printf(format string, args ...any) { fmt.Fprintf(&t.b, format, args...) }

func (r *Report) head(t *text) {
	facts := r.Host.Facts()
	pins := "not pinned"
	if r.Pinned {
		pins = fmt.Sprintf("producers on %s, consumers on %s", list(r.side(false)), list(r.side(true)))
	}
	facts = append(facts, [2]string{"pinned", pins}, [2]string{"clock", r.Clock.String()})
	if r.Kernel != "" {
		facts = append(facts, [2]string{"copy", r.Kernel})
	}
	for _, f := range r.Floors {
		facts = append(facts, [2]string{"floor", fmt.Sprintf("%s: min %s, median %s, max %s ns%s, middle half within %.0f %%, %d taken",
			f.Name, nanos(f.Min), nanos(f.Median), nanos(f.Max), perOp(f.Mode), 100*f.Swing, f.N)})
	}
	for _, f := range facts {
		t.printf("%s %s\n", t.paint(dim, fmt.Sprintf("%-10s", f[0])), f[1])
	}
	for _, w := range r.Host.Warnings() {
		t.printf("%s %s\n", t.paint(yellow, fmt.Sprintf("%-10s", "note")), w)
	}
	t.printf("\n")
}

func perOp(m Mode) string {
	if m == PingPong {
		return " a round trip"
	}
	return " a message"
}

// side is which processors producers or consumers used.
func (r *Report) side(consumers bool) []int {
	var cpus []int
	for _, s := range r.Seats {
		if s.Consumer == consumers && !slices.Contains(cpus, s.CPU) {
			cpus = append(cpus, s.CPU)
		}
	}
	return cpus
}

// A column of the table; numbers stand right, words left.
type column struct {
	title string
	right bool
	cell  func(Row) string
}

var columns = []column{
	{"mode", false, func(r Row) string { return string(r.Spec.Mode) }},
	{"topology", false, func(r Row) string { return r.Spec.topology() }},
	{"payload", true, payload},
	{"transport", false, func(r Row) string { return r.Spec.Label() }},
	{"ns/op", true, figure(func(r Row) string { return nanos(r.Nanos) })},
	{"p50", true, figure(func(r Row) string { return lap(r.P50) })},
	{"p99", true, figure(func(r Row) string { return lap(r.P99) })},
	{"msgs/s", true, figure(func(r Row) string { return siRate(r.PerSec) })},
	{"GB/s", true, figure(func(r Row) string {
		if r.GBPerSec == 0 {
			return "·"
		}
		return fmt.Sprintf("%.3g", r.GBPerSec)
	})},
	{"x-floor", true, figure(func(r Row) string { return ratio(r.XFloor) })},
	{"delivered", true, figure(func(r Row) string { return strconv.FormatUint(r.Counts.Delivered, 10) })},
	{"overwritten", true, figure(func(r Row) string { return strconv.FormatUint(r.Counts.Overwritten, 10) })},
	{"unavailable", true, figure(func(r Row) string { return strconv.FormatUint(r.Counts.Unavailable, 10) })},
	{"marks", false, marks},
}

func (s Spec) topology() string {
	if s.Transport == Floor {
		return "1x1"
	}
	return s.Topology.String()
}

// figure is a cell that a failed row leaves empty.
func figure(f func(Row) string) func(Row) string {
	return func(r Row) string {
		if r.Fail != "" {
			return "-"
		}
		return f(r)
	}
}

// table writes the rows that are loops, then those that have latencies, each with
// the columns that say something.
func (r *Report) table(t *text) {
	var loops, timed []Row
	for _, row := range r.Rows {
		if row.Spec.Mode.timed() {
			timed = append(timed, row)
		} else {
			loops = append(loops, row)
		}
	}
	writeRows(t, columns, loops)
	writeRows(t, timedColumns, timed)
}

func writeRows(t *text, columns []column, rows []Row) {
	if len(rows) == 0 {
		return
	}
	width := make([]int, len(columns))
	for i, c := range columns {
		width[i] = utf8.RuneCountInString(c.title)
	}
	cells := make([][]string, len(rows))
	for n, row := range rows {
		cells[n] = make([]string, len(columns))
		for i, c := range columns {
			cells[n][i] = c.cell(row)
			if i < len(columns)-1 {
				width[i] = max(width[i], utf8.RuneCountInString(cells[n][i]))
			}
		}
	}
	title := make([]string, len(columns))
	for i, c := range columns {
		title[i] = c.title
	}
	t.printf("%s\n", t.paint(bold, formatRow(columns, title, width)))
	for n, row := range rows {
		if n > 0 && newGroup(rows[n-1].Spec, row.Spec) {
			t.printf("\n")
		}
		t.printf("%s\n", t.paint(row.colour(), formatRow(columns, cells[n], width)))
	}
	t.printf("\n")
}

// newGroup puts rows together that do the same work.
func newGroup(a, b Spec) bool {
	return a.Mode != b.Mode || a.Topology != b.Topology || a.Payload != b.Payload ||
		a.Rate != b.Rate || a.Burst != b.Burst || a.Idle != b.Idle
}

func (r Row) colour() string {
	switch {
	case r.Fail != "":
		return red
	case r.Spec.Transport == Floor:
		return dim
	case r.Spec.Transport.IsRing():
		return green
	}
	return ""
}

func formatRow(columns []column, cells []string, width []int) string {
	var b strings.Builder
	for i, c := range cells {
		if i > 0 {
			b.WriteString("  ")
		}
		pad := strings.Repeat(" ", max(0, width[i]-utf8.RuneCountInString(c)))
		if columns[i].right {
			b.WriteString(pad + c)
		} else {
			b.WriteString(c + pad)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

func (r *Report) tail(t *text) {
	t.printf("%s\n", strings.Join(r.legend(), "\n"))
	if lines := r.verdict(); len(lines) > 0 {
		t.printf("\n%s\n%s\n", t.paint(bold, "One producer, one consumer, time over time with each row's own floor taken out:"), strings.Join(lines, "\n"))
	}
	t.printf("\n")
	for _, o := range r.Overhead {
		t.printf("harness: making and checking %d B takes %.1f ns alone and %.1f %% of a stream's %.1f ns (%d pairs)\n", o.Payload, o.Alone, 100*o.Share, o.Full, o.Pairs)
	}
	r.failures(t)
	if r.Interrupted {
		t.printf("%s\n", t.paint(yellow, "interrupted: this is a part of the run"))
	}
	t.printf("%d rows, up to %d samples each (medians shown), %d repeated as unsteady, in %.1f s\n",
		len(r.Rows), r.Count, r.Repeats, r.Elapsed.Round(100*time.Millisecond).Seconds())
}

func (r *Report) failures(t *text) {
	for _, row := range r.Rows {
		if row.Fail != "" {
			t.printf("%s %v: %s\n", t.paint(red, "FAIL"), row.Spec, row.Fail)
		}
	}
}

// WriteFailures writes a line for each row that has no figure.
func (r *Report) WriteFailures(w io.Writer) error {
	t := &text{}
	r.failures(t)
	_, err := io.WriteString(w, t.b.String())
	return err
}

// legend explains the modes that the table has.
func (r *Report) legend() []string {
	var lines []string
	for _, m := range Modes {
		if slices.ContainsFunc(r.Rows, func(row Row) bool { return row.Spec.Mode == m }) {
			lines = append(lines, legends[m])
		}
	}
	return append(lines,
		"x-floor: time over the floor's time, lower is better; the floor is the cheapest exchange between the same processors",
		"right before and after each sample. Every word of every message is checked.")
}

var legends = map[Mode]string{
	Stream:   "stream: as fast as the slowest consumer takes without loss; ns/op is per message, which every consumer gets. Closed loop.",
	Lossy:    "lossy: producers wait for nobody; ns/op is per message that a consumer got, delivered and lost are counted.",
	PingPong: "pingpong: one message there, one back; ns/op, p50 and p99 are of the round trip. Closed loop.",
	Rate:     "rate: sent by a timetable, whoever takes; latency, ns, from when a message was to be sent to its arrival; lag: how late it went out. Open loop.",
	Wake:     "wake: latency, ns, from the publish until a consumer that slept has the message; the floor is a bare futex.",
}

// verdict compares Orbit's lane with the peers, row by row of equal work, one
// producer and one consumer, and names the extremes.
func (r *Report) verdict() []string {
	var lines []string
	for _, peer := range Peers {
		for _, mode := range []Mode{Stream, PingPong} {
			least, most, n := math.Inf(1), 0.0, 0
			var leastAt, mostAt Spec
			for _, own := range r.Rows {
				if own.Spec.Transport != Lane || own.Spec.Mode != mode || own.Fail != "" ||
					own.Spec.Topology != (Topology{1, 1}) {
					continue
				}
				for _, other := range r.Rows {
					if other.Spec.Transport != peer || other.Fail != "" || newGroup(own.Spec, other.Spec) {
						continue
					}
					// Over the floor, since the two ran at different moments.
					x := other.XFloor / own.XFloor
					n++
					if x < least {
						least, leastAt = x, own.Spec
					}
					if x > most {
						most, mostAt = x, own.Spec
					}
				}
			}
			if n == 0 {
				continue
			}
			lines = append(lines, fmt.Sprintf("orbit lane against %-19s %-8s  %4s to %4s times as fast  (least at %d B, most at %d B)",
				peer.Label()+",", mode, times(least), times(most), leastAt.Payload, mostAt.Payload))
		}
	}
	return lines
}

func times(x float64) string {
	if x < 10 {
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}

func ratio(x float64) string {
	switch {
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}

func nanos(x float64) string {
	switch {
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 1000:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}

func lap(x float64) string {
	if x == 0 {
		return "·"
	}
	return fmt.Sprintf("%.0f", x)
}

// siRate writes 12.3M.
func siRate(x float64) string {
	switch {
	case x >= 1e9:
		return fmt.Sprintf("%.2fG", x/1e9)
	case x >= 1e6:
		return fmt.Sprintf("%.1fM", x/1e6)
	case x >= 1e3:
		return fmt.Sprintf("%.1fk", x/1e3)
	}
	return fmt.Sprintf("%.0f", x)
}
