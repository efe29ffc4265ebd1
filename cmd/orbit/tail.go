package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/orbitring/orbit/inspect"
	"github.com/orbitring/orbit/internal/cli"
)

type tailCmd struct {
	target
	Back  uint64 `default:"10" placeholder:"N" help:"Frames of each lane to begin with (10)."`
	Limit int    `placeholder:"N" help:"End after so many frames."`
	Once  bool   `help:"End when there is no frame yet; always so for a dump."`
	Bytes int    `default:"64" placeholder:"N" help:"Bytes of a payload to print (64); 0: all."`
}

// Run is the verb.
func (c *tailCmd) Run(s *session) error {
	args, err := c.args()
	if err != nil {
		return err
	}
	if c.Limit < 0 || c.Bytes < 0 {
		return cli.Usage("-limit %d, -bytes %d: neither can be negative", c.Limit, c.Bytes)
	}
	o, err := s.source("tail", args)
	if err != nil {
		return err
	}
	defer o.Close()
	t := inspect.Tail{Back: c.Back, Limit: c.Limit, Follow: !c.Once && o.Live(), Payload: c.Bytes}
	frame := func(f *inspect.Frame) error {
		_, err := fmt.Fprintf(s.stdout, "%-14s %s\n", f.ID, frameText(f))
		return err
	}
	lost := func(l *inspect.Lost) error {
		_, err := fmt.Fprintf(s.stdout, "-- %d lost: overwritten %d, unavailable %d, reset %d\n",
			l.Overwritten+l.Unavailable+l.Reset, l.Overwritten, l.Unavailable, l.Reset)
		return err
	}
	if s.json {
		frame = func(f *inspect.Frame) error { return s.line(f) }
		lost = func(l *inspect.Lost) error { return s.line(map[string]any{"schema": l.Schema, "lost": l}) }
	}
	return o.Follow(s.ctx, t, frame, lost)
}

// frameText tells a frame without its id.
func frameText(f *inspect.Frame) string {
	switch {
	case f.Event != nil:
		return fmt.Sprintf("%s: %s", inspect.Printable(f.Event.Topic), payloadText(f.Event.Payload))
	case f.Beat != nil:
		age := "at an unknown age"
		if f.Beat.Age > 0 {
			age = span(f.Beat.Age) + " ago"
		}
		return fmt.Sprintf("beat %s, load %d", age, f.Beat.Load)
	case f.Member != nil:
		return fmt.Sprintf("joined %s, process %d", f.Member.Joined.Format(time.DateTime), f.Member.PID)
	case f.Cache != nil:
		c := f.Cache
		switch {
		case c.Action != "put":
			return fmt.Sprintf("%s %s", c.Action, inspect.Printable(c.Key))
		case c.Expires != 0:
			return fmt.Sprintf("put %s = %s, %s", inspect.Printable(c.Key), payloadText(c.Value), left(c.Left))
		}
		return fmt.Sprintf("put %s = %s", inspect.Printable(c.Key), payloadText(c.Value))
	case f.Claim != nil:
		c := f.Claim
		return fmt.Sprintf("%s %d %s by %s (%s), token %d, %s", c.Change, c.Kind, inspect.Printable(c.Label),
			inspect.Printable(c.Owner), c.Holder, c.Token, left(c.Left))
	case f.Payload != nil:
		return fmt.Sprintf("op %d, version %d, %d bytes: %s", f.Op, f.Version, f.Length, payloadText(*f.Payload))
	}
	return fmt.Sprintf("op %d, version %d, %d bytes", f.Op, f.Version, f.Length)
}

// left tells how long something lasts.
func left(d time.Duration) string {
	switch {
	case d > 0:
		return "for " + span(d)
	case d < 0:
		return "over for " + span(-d)
	}
	return "until an unknown moment"
}

func payloadText(p inspect.Payload) string {
	text := p.Text
	if text != "" {
		text = inspect.Printable(text)
	} else {
		text = spaced(p.Hex)
	}
	if p.Cut > 0 {
		text += fmt.Sprintf(" … %d more", p.Cut)
	}
	return text
}

// spaced puts hex into groups of 8 bytes.
func spaced(hex string) string {
	var groups []string
	for len(hex) > 16 {
		groups, hex = append(groups, hex[:16]), hex[16:]
	}
	return strings.Join(append(groups, hex), " ")
}
