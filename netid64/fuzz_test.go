package netid64_test

import (
	"bytes"
	"errors"
	"regexp"
	"strconv"
	"testing"

	"github.com/orbitring/orbit/netid64"
)

var (
	tripleGrammar = regexp.MustCompile(`\A(0|[1-9][0-9]*):(0|[1-9][0-9]*):(0|[1-9][0-9]*)\z`)
	hexGrammar    = regexp.MustCompile(`\A0[xX]([0-9a-fA-F]+)\z`)
)

// expect is Parse written a second time, with other means: a grammar decides
// ErrSyntax, strconv decides ErrRange.
func expect(s string) (netid64.ID, error) {
	if m := tripleGrammar.FindStringSubmatch(s); m != nil {
		kind, kindErr := strconv.ParseUint(m[1], 10, netid64.KindBits)
		node, nodeErr := strconv.ParseUint(m[2], 10, netid64.NodeBits)
		counter, counterErr := strconv.ParseUint(m[3], 10, netid64.CounterBits)
		if errors.Join(kindErr, nodeErr, counterErr) != nil {
			return netid64.Zero, netid64.ErrRange
		}
		return netid64.Make(uint8(kind), uint16(node), counter), nil
	}
	if m := hexGrammar.FindStringSubmatch(s); m != nil {
		raw, err := strconv.ParseUint(m[1], 16, 64)
		if err != nil || len(m[1]) > 16 {
			return netid64.Zero, netid64.ErrRange
		}
		return netid64.ID(raw), nil
	}
	return netid64.Zero, netid64.ErrSyntax
}

func FuzzParse(f *testing.F) {
	for _, id := range samples {
		f.Add(id.String(), uint64(id))
		f.Add(id.Hex(), uint64(id))
	}
	for _, s := range []string{"", ":", "::", "0x", "0X1F", "256:0:0", "256::", "0:65536:0", "0:0:1099511627776", "1:2:3:4", "01:2:3", "+1:2:3", "1:2:3 ", "0x00000000000000001"} {
		f.Add(s, uint64(0))
	}
	f.Fuzz(func(t *testing.T, s string, raw uint64) {
		for _, text := range []string{netid64.ID(raw).String(), netid64.ID(raw).Hex()} {
			if back, err := netid64.Parse(text); err != nil || uint64(back) != raw {
				t.Fatalf("%#x prints as %s, which parses as %s, %v", raw, text, back, err)
			}
		}

		want, wantErr := expect(s)
		id, err := netid64.Parse(s)
		if id != want || !errors.Is(err, wantErr) {
			t.Fatalf("Parse(%q) is %s, %v; want %s, %v", s, id, err, want, wantErr)
		}
		unmarshalled := netid64.Zero
		if unmarshalErr := unmarshalled.UnmarshalText([]byte(s)); unmarshalled != id || (unmarshalErr == nil) != (err == nil) {
			t.Fatalf("UnmarshalText(%q) is %s, %v; Parse gives %s, %v", s, unmarshalled, unmarshalErr, id, err)
		}
		if err != nil {
			var detail *netid64.ParseError
			if !errors.As(err, &detail) || detail.Input != s || len(err.Error()) > 1000 {
				t.Fatalf("Parse(%q): poor error %v", s, err)
			}
			return
		}
		if tripleGrammar.MatchString(s) && id.String() != s {
			t.Fatalf("%q is a second decimal form of %s", s, id)
		}
	})
}

func FuzzBytes(f *testing.F) {
	for _, id := range samples {
		f.Add(id.AppendBytes(nil))
	}
	f.Add([]byte{})
	f.Add(make([]byte, 7))
	f.Add(make([]byte, 9))
	f.Fuzz(func(t *testing.T, b []byte) {
		id, err := netid64.FromBytes(b)
		var unmarshalled netid64.ID
		if unmarshalErr := unmarshalled.UnmarshalBinary(b); unmarshalled != id || (unmarshalErr == nil) != (err == nil) {
			t.Fatalf("UnmarshalBinary(% x) is %s, %v; FromBytes gives %s, %v", b, unmarshalled, unmarshalErr, id, err)
		}
		if len(b) != netid64.Size {
			if id != netid64.Zero || !errors.Is(err, netid64.ErrLength) {
				t.Fatalf("FromBytes(% x) is %s, %v", b, id, err)
			}
			return
		}
		if err != nil || !bytes.Equal(id.AppendBytes(nil), b) {
			t.Fatalf("% x became %s, % x, %v", b, id, id.AppendBytes(nil), err)
		}
		if again := netid64.Make(id.Kind(), id.Node(), id.Counter()); again != id {
			t.Fatalf("the fields of %s make %s", id, again)
		}
	})
}
