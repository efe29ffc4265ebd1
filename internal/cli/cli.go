// Package cli is what the project's commands share: how flags are written, what
// a mistake of the caller is, whether the output is a terminal. Commands enter;
// it knows none of them.
package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// UsageError is a mistake of the caller: one line, exit 2.
type UsageError struct{ Text string }

func (e *UsageError) Error() string { return e.Text }

// Usage makes a UsageError.
func Usage(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

type exit int

// Parse reads a command line into verbs, a pointer to a struct that kong
// understands, and returns what to run; nil without an error when it was help
// that was asked for, and given. Flags may be written -like or --this. Errors
// are *UsageError.
func Parse(name, about string, verbs any, args []string, stdout, stderr io.Writer) (k *kong.Context, err error) {
	parser, err := kong.New(verbs,
		kong.Name(name), kong.Description(about),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(exit); !ok {
				panic(r)
			}
			k, err = nil, nil
		}
	}()
	if k, err = parser.Parse(longFlags(args)); err != nil {
		return nil, &UsageError{err.Error()}
	}
	return k, nil
}

// longFlags lets -json stand for --json, as Go users write it. Flags of one
// letter stay.
func longFlags(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if a == "--" {
			copy(out[i:], args[i:])
			break
		}
		if len(a) > 2 && a[0] == '-' && a[1] >= 'a' && a[1] <= 'z' {
			a = "-" + a
		}
		out[i] = a
	}
	return out
}

// IsTerminal tells whether w is a terminal that understands control sequences.
func IsTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// Colourful says whether to paint: only on a terminal, and not when NO_COLOR
// says no.
func Colourful(w any) bool { return os.Getenv("NO_COLOR") == "" && IsTerminal(w) }
