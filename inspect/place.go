package inspect

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/orbitring/orbit/ring/shm"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/heartbeat"
)

// Everyone is the UID of a Place that is about the segments of all users.
const Everyone = -1

// Place is where to look, and for whose segments.
type Place struct {
	Dir string // "" is the default directory
	UID int64  // a user's id, or Everyone
}

var (
	// ErrNothing: there is no such ring; the detail is a *NothingError.
	ErrNothing = errors.New("orbit: no such ring")
	// ErrAmbiguous: several users have the ring; say whose.
	ErrAmbiguous = errors.New("orbit: several users have it")
)

// NothingError says what was looked for and what there is instead.
type NothingError struct {
	What string
	Dir  string
	Have []string
}

func (e *NothingError) Error() string {
	text := fmt.Sprintf("%v: %s in %s", ErrNothing, e.What, e.Dir)
	if len(e.Have) > 0 {
		return text + ", there are: " + strings.Join(e.Have, ", ")
	}
	return text
}
func (e *NothingError) Unwrap() error { return ErrNothing }

func (p Place) options() shm.Options { return shm.Options{Dir: p.Dir} }

// Directory returns the directory that is meant.
func (p Place) Directory() string {
	if p.Dir == "" {
		return shm.DefaultDir()
	}
	return p.Dir
}

// entries returns what lies under the names of a fleet's segments, or of all for
// "", by fleet, user and kind.
func (p Place) entries(name string) ([]shm.Entry, error) {
	all, err := shm.List(p.options(), name)
	slices.SortStableFunc(all, func(a, b shm.Entry) int {
		return cmp.Or(cmp.Compare(a.Fleet, b.Fleet), cmp.Compare(a.UID, b.UID), cmp.Compare(a.Kind, b.Kind))
	})
	if err != nil || p.UID == Everyone {
		return all, err
	}
	var mine []shm.Entry
	for _, e := range all {
		if int64(e.UID) == p.UID && e.Fleet != "" || e.Fleet == "" && int64(e.Owner) == p.UID {
			mine = append(mine, e)
		}
	}
	return mine, nil
}

// Find returns the entries that a command's arguments mean: FLEET for all rings
// of a fleet, FLEET KIND for one, or a path to a segment or dump, which contains
// a '/'. Without a UID, the caller's own rings come before those of others.
func (p Place) Find(args []string) ([]shm.Entry, error) {
	if len(args) == 1 && strings.ContainsRune(args[0], filepath.Separator) {
		e, err := entryAt(args[0])
		return []shm.Entry{e}, err
	}
	found, err := p.entries(args[0])
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("fleet %s", Printable(args[0]))
	if len(args) > 1 {
		kind, err := ParseKind(args[1])
		if err != nil {
			return nil, err
		}
		what = fmt.Sprintf("kind %d of fleet %s", kind, Printable(args[0]))
		found = filter(found, func(e shm.Entry) bool { return e.Kind == kind })
	}
	if p.UID == Everyone {
		if mine := filter(found, func(e shm.Entry) bool { return int64(e.UID) == int64(os.Geteuid()) }); len(mine) > 0 {
			found = mine
		}
	}
	found = filter(found, func(e shm.Entry) bool { return e.Fleet != "" })
	if len(found) == 0 {
		return nil, p.nothing(what, args[0])
	}
	for _, e := range found {
		if e.UID != found[0].UID {
			return nil, fmt.Errorf("%w: %s belongs to the users %d and %d", ErrAmbiguous, what, found[0].UID, e.UID)
		}
	}
	return found, nil
}

// nothing says what else there is, of the fleet or else at all.
func (p Place) nothing(what, name string) error {
	e := &NothingError{What: what, Dir: p.Directory()}
	if _, err := os.Lstat(name); err == nil {
		e.What += fmt.Sprintf(" (a file is named with a '/': ./%s)", name)
	}
	all, err := shm.List(p.options(), "")
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, same := range []bool{true, false} {
		for _, f := range all {
			text := fmt.Sprintf("%s %d (user %d)", f.Fleet, f.Kind, f.UID)
			if !same {
				text = fmt.Sprintf("fleet %s (user %d)", f.Fleet, f.UID)
			}
			if f.Fleet == "" || same && f.Fleet != name || seen[text] || len(e.Have) > 8 {
				continue
			}
			seen[text] = true
			e.Have = append(e.Have, text)
		}
		if len(e.Have) > 0 {
			break
		}
	}
	return e
}

// entryAt describes the file of a path, whether or not it is a live segment.
func entryAt(path string) (shm.Entry, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return shm.Entry{}, err
	}
	dir, base := filepath.Split(path)
	all, err := shm.List(shm.Options{Dir: filepath.Clean(dir)}, "")
	if err == nil {
		for _, e := range all {
			if e.Name == base && e.Err == nil {
				return e, nil
			}
		}
	}
	return shm.Entry{Name: base, Path: path, Size: info.Size(), Mode: info.Mode(), Err: errDump}, nil
}

// errDump marks an entry that is no live segment and may be a dump.
var errDump = errors.New("orbit: not a live segment")

// kindNames are the kinds of Orbit's substrates.
var kindNames = map[uint8]string{
	cacheKind: "cache", event.Kind: "event", heartbeat.Kind: "heartbeat", contestKind: "contest", fleet.RollKind: "roll",
}

// ParseKind understands a kind by number, or by the name of a substrate.
func ParseKind(text string) (uint8, error) {
	for kind, name := range kindNames {
		if text == name {
			return kind, nil
		}
	}
	n, err := strconv.ParseUint(text, 10, 8)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%w: %s is not 1 to 255, cache, event, heartbeat, contest or roll", ErrKind, Printable(text))
	}
	return uint8(n), nil
}

// ErrKind: not a kind.
var ErrKind = errors.New("orbit: bad kind")

func filter(all []shm.Entry, keep func(shm.Entry) bool) (kept []shm.Entry) {
	for _, e := range all {
		if keep(e) {
			kept = append(kept, e)
		}
	}
	return kept
}

// Printable returns text as it may go to a terminal: quoted if it holds anything
// but letters, digits, punctuation and inner spaces.
func Printable(text string) string {
	if text == "" || strings.TrimSpace(text) != text || !utf8.ValidString(text) {
		return strconv.Quote(text)
	}
	for _, r := range text {
		if !strconv.IsPrint(r) || r == '"' {
			return strconv.Quote(text)
		}
	}
	return text
}
