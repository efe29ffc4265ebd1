package netid64_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/orbitring/orbit/netid64"
)

func TestTheDecimalTriplePrintsAndParsesBackToTheSameID(t *testing.T) {
	for _, id := range samples {
		if back, err := netid64.Parse(id.String()); err != nil || back != id {
			t.Errorf("%s came back as %s, %v", id, back, err)
		}
	}
}

func TestHexTextWithPrefixParsesToTheSameRawValue(t *testing.T) {
	for _, id := range samples {
		if back, err := netid64.Parse(id.Hex()); err != nil || back != id {
			t.Errorf("%s came back as %s, %v", id.Hex(), back, err)
		}
	}
	for text, raw := range map[string]uint64{
		"0x0":                0,
		"0x00000":            0,
		"0x2a":               42,
		"0xDeadBeef":         0xDEADBEEF,
		"0X2A":               42,
		"0x7002a00000003e8":  0x07002A00000003E8,
		"0x07002a00000003e8": 0x07002A00000003E8,
		"0xffffffffffffffff": math.MaxUint64,
	} {
		if id, err := netid64.Parse(text); err != nil || uint64(id) != raw {
			t.Errorf("%s is %#x, %v, want %#x", text, uint64(id), err, raw)
		}
	}
}

func TestAFourthPartAMissingPartOrJunkIsRefused(t *testing.T) {
	for text, words := range map[string]string{
		"":                  "text is empty",
		"7":                 "text has 1 parts, not 3",
		"7:42":              "text has 2 parts, not 3",
		"7:42:1000:1":       "text has 4 parts, not 3",
		"7:42:1000:":        "text has 4 parts, not 3",
		":42:1000":          `kind "" has no digits`,
		"7::1000":           `node "" has no digits`,
		"7:42:":             `counter "" has no digits`,
		"x:42:1000":         `kind "x" is not a decimal number`,
		"7:4_2:1000":        `node "4_2" is not a decimal number`,
		"7:42:1e3":          `counter "1e3" is not a decimal number`,
		"7:42:1000\n":       `counter "1000\n" is not a decimal number`,
		" 7:42:1000":        `kind " 7" is not a decimal number`,
		"7: 42:1000":        `node " 42" is not a decimal number`,
		"+7:42:1000":        `kind "+7" is not a decimal number`,
		"7:-42:1000":        `node "-42" is not a decimal number`,
		"7:42:١":            `counter "١" is not a decimal number`,
		"7:42:0x10":         `counter "0x10" is not a decimal number`,
		"999999999999x:0:0": `kind "999999999999x" is not a decimal number`,
		"256::":             `node "" has no digits`,
		"256:42:x":          `counter "x" is not a decimal number`,
		"07:42:1000":        `kind "07" has a leading zero`,
		"7:00:1000":         `node "00" has a leading zero`,
		"7:42:0999":         `counter "0999" has a leading zero`,
		"0x":                `raw "" has no digits`,
		"0x 1":              `raw " 1" is not a hex number`,
		"0x-1":              `raw "-1" is not a hex number`,
		"0x1_0":             `raw "1_0" is not a hex number`,
		"0xg":               `raw "g" is not a hex number`,
		"0x7:42:1000":       `raw "7:42:1000" is not a hex number`,
		"-0x1":              "text has 1 parts, not 3",
		"07002a00000003e8":  "text has 1 parts, not 3",
	} {
		id, err := netid64.Parse(text)
		if id != netid64.Zero || !errors.Is(err, netid64.ErrSyntax) || errors.Is(err, netid64.ErrRange) {
			t.Errorf("%q: got %s and %v, want ErrSyntax", text, id, err)
			continue
		}
		if message := err.Error(); !strings.Contains(message, words) || !strings.Contains(message, "accepted: kind:node:counter") {
			t.Errorf("%q: %s\nwant in it: %s", text, message, words)
		}
	}
}

func TestANumberBeyondItsFieldIsRefusedByFieldValueAndLimit(t *testing.T) {
	for _, c := range []struct {
		text, field, value string
		limit              uint64
		words              string
	}{
		{"256:0:0", "kind", "256", 255, `kind "256" is above the limit 255`},
		{"0:65536:0", "node", "65536", 65535, `node "65536" is above the limit 65535`},
		{"0:0:1099511627776", "counter", "1099511627776", 1099511627775, `counter "1099511627776" is above the limit 1099511627775`},
		{"0:0:18446744073709551616", "counter", "18446744073709551616", 1099511627775, "above the limit"},
		{"0x10000000000000000", "raw", "10000000000000000", math.MaxUint64, "has 17 hex digits, the limit is 16"},
		{"0x00000000000000001", "raw", "00000000000000001", math.MaxUint64, "has 17 hex digits, the limit is 16"},
	} {
		id, err := netid64.Parse(c.text)
		if id != netid64.Zero || !errors.Is(err, netid64.ErrRange) || errors.Is(err, netid64.ErrSyntax) {
			t.Errorf("%q: got %s and %v, want ErrRange", c.text, id, err)
			continue
		}
		var detail *netid64.ParseError
		if !errors.As(err, &detail) || detail.Input != c.text || detail.Field != c.field || detail.Value != c.value || detail.Limit != c.limit {
			t.Errorf("%q: detail is %+v", c.text, detail)
		}
		if !strings.Contains(err.Error(), c.words) {
			t.Errorf("%q: %s\nwant in it: %s", c.text, err, c.words)
		}
	}
}

func TestALongRefusedTextIsKeptWholeButShownShort(t *testing.T) {
	for _, text := range []string{strings.Repeat("9", 1<<20), "1:1:" + strings.Repeat("9", 1<<20), "0x" + strings.Repeat("\x00", 1<<20)} {
		_, err := netid64.Parse(text)
		var detail *netid64.ParseError
		if !errors.As(err, &detail) || detail.Input != text {
			t.Fatalf("the detail lost the text: %.80v", err)
		}
		if message := err.Error(); len(message) > 1000 || !strings.Contains(message, "… (10485") {
			t.Errorf("the message has %d bytes: %.200s", len(message), message)
		}
	}
}

func TestARefusedTextLeavesTheIDAlone(t *testing.T) {
	id := netid64.Make(7, 42, 1000)
	if err := id.UnmarshalText([]byte("1:2")); !errors.Is(err, netid64.ErrSyntax) || id != netid64.Make(7, 42, 1000) {
		t.Errorf("id is %s, error %v", id, err)
	}
}

func TestParsingValidTextAllocatesNothing(t *testing.T) {
	for _, text := range []string{"0:0:0", "255:65535:1099511627775", "0xffffffffffffffff"} {
		var id netid64.ID
		raw := []byte(text)
		if n := testing.AllocsPerRun(100, func() {
			if _, err := netid64.Parse(text); err != nil {
				t.Error(err)
			}
			if err := id.UnmarshalText(raw); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations, want 0", text, n)
		}
	}
}
