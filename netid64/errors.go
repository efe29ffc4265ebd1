package netid64

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

var (
	// ErrSyntax says that a text is in neither form that [Parse] accepts.
	ErrSyntax = errors.New("netid64: invalid syntax")

	// ErrRange says that a text has the right form, but a number in it does not
	// fit its field.
	ErrRange = errors.New("netid64: value out of range")
)

// accepted ends the message of every syntax error.
const accepted = "accepted: kind:node:counter in decimal without leading zeros (7:42:1000), or 0x and 1 to 16 hex digits"

// maxShown is how many characters of a refused text a message repeats: a file
// handed to [Parse] by mistake must not end up in the log.
const maxShown = 48

// A ParseError says why [Parse] refused a text. errors.As finds it; errors.Is
// tells [ErrSyntax] from [ErrRange].
type ParseError struct {
	Input  string // the whole text
	Field  string // "kind", "node", "counter", or "raw" in the hex form; empty when the parts do not add up
	Value  string // what stood in Field, without the 0x
	Limit  uint64 // the largest number Field holds; only with ErrRange
	Reason string // what is wrong with Value, or with Input when Field is empty
	Err    error  // ErrSyntax or ErrRange
}

// Error names the text, the field, its value, and what would have been accepted.
func (e *ParseError) Error() string {
	subject := "text"
	if e.Field != "" {
		subject = e.Field + " " + quote(e.Value)
	}
	message := fmt.Sprintf("netid64: parse %s: %s %s", quote(e.Input), subject, e.Reason)
	if e.Err == ErrSyntax {
		message += "; " + accepted
	}
	return message
}

// Unwrap is Err.
func (e *ParseError) Unwrap() error { return e.Err }

// syntaxError clones what it keeps. Without that the argument of Parse would
// escape, and UnmarshalText would allocate for valid input too.
func syntaxError(input, field, value, reason string) error {
	return &ParseError{
		Input: strings.Clone(input), Field: field, Value: strings.Clone(value),
		Reason: reason, Err: ErrSyntax,
	}
}

// rangeError clones for the reason given at syntaxError.
func rangeError(input, field, value string, limit uint64, reason string) error {
	return &ParseError{
		Input: strings.Clone(input), Field: field, Value: strings.Clone(value),
		Limit: limit, Reason: reason, Err: ErrRange,
	}
}

func quote(s string) string {
	if len(s) <= maxShown {
		return strconv.Quote(s)
	}
	return fmt.Sprintf("%.*q… (%d bytes)", maxShown, s, len(s))
}
