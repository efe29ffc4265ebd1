package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/orbitring/orbit/internal/cli"
)

// screen shows one page after another: over the last one on a terminal, one
// below the other elsewhere.
type screen struct {
	w        io.Writer
	terminal bool
	colour   bool
	pages    int
}

func newScreen(w io.Writer) *screen {
	return &screen{w: w, terminal: cli.IsTerminal(w), colour: cli.Colourful(w)}
}

const (
	enter  = "\x1b[?1049h\x1b[?25l" // the other screen, without a cursor
	leave  = "\x1b[?25h\x1b[?1049l"
	home   = "\x1b[H"
	eraseL = "\x1b[K" // the rest of the line
	eraseS = "\x1b[J" // the rest of the screen
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	plain  = "\x1b[0m"
)

// page is lines and how to paint them.
type page struct {
	lines []string
	style []string // "", bold or dim
}

func (p *page) add(style string, lines ...string) {
	for _, l := range lines {
		p.lines, p.style = append(p.lines, l), append(p.style, style)
	}
}

// table adds a table with its head in bold.
func (p *page) table(t *table) {
	lines := t.lines()
	p.add(bold, lines[0])
	p.add("", lines[1:]...)
}

// show shows a page; on a terminal as much of it as there is room for.
func (s *screen) show(p *page) error {
	var b strings.Builder
	width, height := 0, len(p.lines)
	if s.terminal {
		if s.pages == 0 {
			b.WriteString(enter)
		}
		b.WriteString(home)
		width, height = terminalSize(s.w)
	} else if s.pages > 0 {
		b.WriteString("\n")
	}
	for i, line := range p.lines {
		if s.terminal && i == height-1 && len(p.lines) > height {
			line = fmt.Sprintf("… %d lines more", len(p.lines)-i)
		}
		if i == height {
			break
		}
		line = cut(line, width)
		if s.colour && p.style[i] != "" {
			line = p.style[i] + line + plain
		}
		b.WriteString(line)
		if s.terminal {
			b.WriteString(eraseL)
		}
		if !s.terminal || i < min(height, len(p.lines))-1 {
			b.WriteString("\n")
		}
	}
	if s.terminal {
		b.WriteString(eraseS)
	}
	s.pages++
	_, err := io.WriteString(s.w, b.String())
	return err
}

// close gives the terminal back.
func (s *screen) close() {
	if s.terminal && s.pages > 0 {
		io.WriteString(s.w, leave)
	}
}

// cut shortens a line to so many characters; 0 is no limit.
func cut(line string, width int) string {
	if width <= 0 || utf8.RuneCountInString(line) <= width {
		return line
	}
	return string([]rune(line)[:max(width-1, 0)]) + "…"
}

// terminalSize asks the terminal, or else the environment, and believes 80 by 24
// where neither knows.
func terminalSize(w io.Writer) (width, height int) {
	if f, ok := w.(*os.File); ok {
		width, height = windowSize(f)
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); width <= 0 && err == nil {
		width = n
	}
	if n, err := strconv.Atoi(os.Getenv("LINES")); height <= 0 && err == nil {
		height = n
	}
	if width <= 0 {
		width = 80
	}
	if height <= 0 {
		height = 24
	}
	return width, height
}
