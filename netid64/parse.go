package netid64

import (
	"fmt"
	"math"
	"strings"
)

// maxHexDigits is how many hex digits 64 bits fill.
const maxHexDigits = 16

// The fields in the order of the decimal form, and the largest value of each.
var (
	fieldNames  = [3]string{"kind", "node", "counter"}
	fieldLimits = [3]uint64{math.MaxUint8, math.MaxUint16, CounterMask}
)

// Parse reads an id from one of two forms:
//
//	kind:node:counter   three decimal numbers, at most 255:65535:1099511627775
//	0x…                 the raw number, 1 to 16 hex digits
//
// A decimal number has no leading zero, so that an id has one decimal form and no
// reader can take 010 for octal. In the hex form case does not matter, neither of
// the digits nor of the x, and leading zeros count as digits. Nothing else passes:
// no sign, space, underscore, empty or missing part, no fourth part, and no bare
// number, which could be meant as decimal or as hex.
//
// Unlike [Make], Parse cuts nothing off: a number that does not fit its field is
// an error. Every error is a [*ParseError] and is either [ErrSyntax] or [ErrRange].
// Valid input costs no allocation, and Parse keeps nothing of s.
func Parse(s string) (ID, error) {
	if len(s) >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') {
		return parseHex(s)
	}
	return parseTriple(s)
}

func parseTriple(s string) (ID, error) {
	if s == "" {
		return Zero, syntaxError(s, "", "", "is empty")
	}
	if colons := strings.Count(s, ":"); colons != 2 {
		return Zero, syntaxError(s, "", "", fmt.Sprintf("has %d parts, not 3", colons+1))
	}
	kind, rest, _ := strings.Cut(s, ":")
	node, counter, _ := strings.Cut(rest, ":")
	parts := [3]string{kind, node, counter}

	// The form of all three comes before the range of any: ErrRange promises that
	// the rest of the text is sound.
	for i, part := range parts {
		if flaw := decimalFlaw(part); flaw != "" {
			return Zero, syntaxError(s, fieldNames[i], part, flaw)
		}
	}
	var values [3]uint64
	for i, part := range parts {
		for _, digit := range []byte(part) {
			// Every limit is far below 2^60, so the step past it cannot overflow.
			values[i] = values[i]*10 + uint64(digit-'0')
			if limit := fieldLimits[i]; values[i] > limit {
				return Zero, rangeError(s, fieldNames[i], part, limit, fmt.Sprintf("is above the limit %d", limit))
			}
		}
	}
	return Make(uint8(values[0]), uint16(values[1]), values[2]), nil
}

// decimalFlaw says why text is not a decimal number of any size; empty if it is one.
func decimalFlaw(text string) string {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return "is not a decimal number"
		}
	}
	switch {
	case text == "":
		return "has no digits"
	case text[0] == '0' && len(text) > 1:
		return "has a leading zero"
	}
	return ""
}

func parseHex(s string) (ID, error) {
	digits := s[len("0x"):]
	if digits == "" {
		return Zero, syntaxError(s, "raw", digits, "has no digits")
	}
	raw := uint64(0)
	for i := range len(digits) {
		c := digits[i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return Zero, syntaxError(s, "raw", digits, "is not a hex number")
		}
		raw = raw<<4 | uint64(c)
	}
	if len(digits) > maxHexDigits {
		return Zero, rangeError(s, "raw", digits, math.MaxUint64,
			fmt.Sprintf("has %d hex digits, the limit is %d", len(digits), maxHexDigits))
	}
	return ID(raw), nil
}
