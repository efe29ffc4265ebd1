//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import (
	"errors"
	"os"
	"testing"

	"github.com/orbitring/orbit/ring/layout"
)

// beyond is larger than any page.
const beyond = 1 << 16

func wide(kind uint8) layout.Identity {
	id := small(kind)
	id.Geometry.Capacity = 4096
	return id
}

func TestAGuardedReaderOutlivesATruncation(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		s, err := Open(e.name(7), wide(7), e.o)
		must(t, err)
		defer s.Close()
		o, err := Observe(e.name(7), e.o)
		must(t, err)
		defer o.Close()
		sum := 0
		read := func() error {
			for _, b := range o.Bytes() {
				sum += int(b)
			}
			return nil
		}
		must(t, o.Guarded(read))
		must(t, os.Truncate(s.Path(), layout.HeaderSize))
		sum = 0
		err = o.Guarded(read)
		mustBe(t, err, ErrTruncated)
		mustSay(t, err, s.Path(), "512 bytes", "create it anew")
		detail, ok := errors.AsType[*TruncatedError](err)
		if want := wide(7).Geometry.Size(); !ok || detail.Have != layout.HeaderSize || detail.Want != want ||
			detail.Offset < layout.HeaderSize || detail.Offset >= min(want, beyond+1) {
			t.Fatalf("detail is %+v", detail)
		}
		if sum == 0 {
			t.Fatal("the header was not read")
		}
		mustBe(t, o.Guarded(func() error { _ = o.Bytes()[0]; return nil }), ErrTruncated) // zeros are no answer
		for _, open := range ways(e, 7) {
			_, err := open()
			mustBe(t, err, layout.ErrCorrupt)
		}
	})
}

func TestAGuardHidesNothingElse(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		s := e.open(7)
		defer s.Close()
		mine := errors.New("mine")
		mustBe(t, s.Guarded(func() error { return mine }), mine)
		for what, misuse := range map[string]func() error{
			"a panic":       func() error { panic("mine") },
			"a nil pointer": func() error { var p *args; p.Name = "x"; return nil },
			"an index":      func() error { b := s.Bytes(); b[len(b)] = 1; return nil },
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s was swallowed", what)
					}
				}()
				s.Guarded(misuse)
			}()
		}
	})
}
