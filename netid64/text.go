package netid64

import (
	"encoding"
	"fmt"
	"io"
	"log/slog"
	"strconv"
)

var (
	_ encoding.TextAppender    = Zero
	_ encoding.TextMarshaler   = Zero
	_ encoding.TextUnmarshaler = (*ID)(nil)
	_ fmt.Formatter            = Zero
	_ fmt.GoStringer           = Zero
	_ slog.LogValuer           = Zero
)

// maxText is the length of the longest decimal form.
const maxText = len("255:65535:1099511627775")

// String is the decimal form, kind:node:counter.
func (id ID) String() string {
	var buf [maxText]byte
	return string(id.appendTriple(buf[:0]))
}

// Hex is the raw number as 0x and 16 lower-case digits: 2 of kind, 4 of node, 10
// of counter.
func (id ID) Hex() string { return fmt.Sprintf("0x%016x", uint64(id)) }

// GoString is the debug form that %#v prints: Go source for the id, with the
// decimal form beside the 16 hex digits.
func (id ID) GoString() string {
	return fmt.Sprintf("netid64.ID(0x%016x /* %s */)", uint64(id), id)
}

// Format prints the decimal form for %v, %s and %q, the debug form for %#v, and
// treats id as its raw number for every other verb. Without it fmt would take %x
// as "the hex of the string" and print the digits of 7:42:1000 in ASCII.
func (id ID) Format(f fmt.State, verb rune) {
	switch verb {
	case 'v', 's', 'q':
		if verb == 'v' && f.Flag('#') {
			io.WriteString(f, id.GoString())
			return
		}
		fmt.Fprintf(f, fmt.FormatString(f, verb), id.String())
	default:
		fmt.Fprintf(f, fmt.FormatString(f, verb), uint64(id))
	}
}

// LogValue is the decimal form. One word beats a group of three attributes in a
// log: it can be searched for, and pasted into [Parse].
func (id ID) LogValue() slog.Value { return slog.StringValue(id.String()) }

// AppendText appends the decimal form to dst; it never fails, and allocates only
// when dst has to grow.
func (id ID) AppendText(dst []byte) ([]byte, error) { return id.appendTriple(dst), nil }

// MarshalText is the decimal form; it never fails.
func (id ID) MarshalText() ([]byte, error) {
	return id.appendTriple(make([]byte, 0, maxText)), nil
}

// UnmarshalText accepts what [Parse] accepts. After an error id is what it was.
func (id *ID) UnmarshalText(text []byte) error {
	// No allocation: Parse keeps nothing of its argument, so the compiler makes
	// this string on the stack for every length that an id can have.
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

func (id ID) appendTriple(dst []byte) []byte {
	dst = strconv.AppendUint(dst, uint64(id.Kind()), 10)
	dst = append(dst, ':')
	dst = strconv.AppendUint(dst, uint64(id.Node()), 10)
	dst = append(dst, ':')
	return strconv.AppendUint(dst, id.Counter(), 10)
}
