package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/orbitring/orbit/inspect"
)

// table collects rows and aligns their columns: those named in right to the
// right, the others to the left.
type table struct {
	head  []string
	right string // one letter a column: r or l
	rows  [][]string
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// lines returns the aligned rows, the head first.
func (t *table) lines() []string {
	all := append([][]string{t.head}, t.rows...)
	width := make([]int, len(t.head))
	for _, row := range all {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	lines := make([]string, len(all))
	for n, row := range all {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if t.right[i] == 'r' {
				b.WriteString(pad + cell)
			} else {
				b.WriteString(cell + pad)
			}
			b.WriteString("  ")
		}
		lines[n] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

func (t *table) write(w io.Writer) error {
	_, err := fmt.Fprintln(w, strings.Join(t.lines(), "\n"))
	return err
}

// size tells bytes.
func size(n int64) string {
	unit, value := "B", float64(n)
	for _, u := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if value < 1024 {
			break
		}
		unit, value = u, value/1024
	}
	return figure(value) + " " + unit
}

// count tells a number, rounded from 10,000 on.
func count(n float64) string {
	if n < 10_000 {
		return fmt.Sprintf("%.0f", n)
	}
	for _, u := range []string{"k", "M", "G", "T", "P"} {
		if n /= 1000; n < 1000 {
			return figure(n) + " " + u
		}
	}
	return fmt.Sprintf("%.3g", n*1e15)
}

// rate tells a number a second.
func rate(n float64) string {
	if n > 0 && n < 10 {
		return fmt.Sprintf("%.1f", n)
	}
	return count(n)
}

// figure is three digits.
func figure(v float64) string {
	switch {
	case v >= 100 || v == float64(int64(v)):
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// span tells a duration in one or two units.
func span(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d)
	case d < time.Millisecond:
		return figure(float64(d)/1e3) + " µs"
	case d < time.Second:
		return figure(float64(d)/1e6) + " ms"
	case d < time.Minute:
		return figure(d.Seconds()) + " s"
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	case d < 1000*24*time.Hour:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	return fmt.Sprintf("%dy", d/(365*24*time.Hour))
}

// kind tells a kind and what it is for.
func kind(s inspect.Segment) string {
	if s.Role == "" {
		return fmt.Sprint(s.Kind)
	}
	role := s.Role
	if i := strings.LastIndexByte(role, '/'); i >= 0 {
		role = role[i+1:] // of a type its package and name
	}
	return fmt.Sprintf("%d %s", s.Kind, inspect.Printable(role))
}

// shape tells a geometry.
func shape(g *inspect.Geometry) string {
	if g == nil {
		return "-"
	}
	return fmt.Sprintf("%s %d×%d", g.Topology, g.Lanes, g.Capacity)
}

// nodes tells who is alive.
func nodes(s inspect.Segment) string {
	const most = 6
	switch {
	case s.Removing:
		return "being removed"
	case len(s.Nodes) == 0 && s.Members:
		return "attached"
	case len(s.Nodes) == 0:
		return "nobody"
	}
	var text []string
	for i := 0; i < len(s.Nodes); i++ { // runs as first–last
		j := i
		for j+1 < len(s.Nodes) && s.Nodes[j+1] == s.Nodes[j]+1 {
			j++
		}
		switch {
		case len(text) == most:
			return strings.Join(text, ",") + fmt.Sprintf(" +%d", len(s.Nodes)-i)
		case j > i+1:
			text = append(text, fmt.Sprintf("%d–%d", s.Nodes[i], s.Nodes[j]))
			i = j
		default:
			text = append(text, fmt.Sprint(s.Nodes[i]))
		}
	}
	return strings.Join(text, ",")
}

// fleetOf tells a fleet, or the file's name where that says none.
func fleetOf(s inspect.Segment) string {
	if s.Fleet == "" {
		return inspect.Printable(s.Name)
	}
	return s.Fleet
}

// many tells how many there are.
func many(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
