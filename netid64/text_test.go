package netid64_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/orbitring/orbit/netid64"
)

func TestTheDecimalFormIsKindNodeCounter(t *testing.T) {
	for id, want := range map[netid64.ID]string{
		netid64.Zero:              "0:0:0",
		netid64.Make(7, 42, 1000): "7:42:1000",
		^netid64.Zero:             "255:65535:1099511627775",
	} {
		if got := id.String(); got != want {
			t.Errorf("%s is printed as %q", want, got)
		}
		if text, err := id.MarshalText(); string(text) != want || err != nil {
			t.Errorf("%s is marshalled as %q, %v", want, text, err)
		}
		if text, err := id.AppendText([]byte("id=")); string(text) != "id="+want || err != nil {
			t.Errorf("%s is appended as %q, %v", want, text, err)
		}
	}
}

func TestDebugShowsTheTripleAnd16HexDigits(t *testing.T) {
	for id, want := range map[netid64.ID]string{
		netid64.Zero:              "netid64.ID(0x0000000000000000 /* 0:0:0 */)",
		netid64.Make(7, 42, 1000): "netid64.ID(0x07002a00000003e8 /* 7:42:1000 */)",
	} {
		if got := id.GoString(); got != want {
			t.Errorf("GoString is %s, want %s", got, want)
		}
		if got := fmt.Sprintf("%#v", []netid64.ID{id}); got != "[]netid64.ID{"+want+"}" {
			t.Errorf("%%#v inside a slice is %s, want %s", got, want)
		}
	}
}

func TestWordVerbsPrintTheTripleAndNumberVerbsTheRawNumber(t *testing.T) {
	id := netid64.Make(7, 42, 1000)
	for format, want := range map[string]string{
		"%v":     "7:42:1000",
		"%+v":    "7:42:1000",
		"%s":     "7:42:1000",
		"%12s":   "   7:42:1000",
		"%-12v|": "7:42:1000   |",
		"%q":     `"7:42:1000"`,
		"%x":     "7002a00000003e8",
		"%016X":  "07002A00000003E8",
		"%#x":    "0x7002a00000003e8",
		"%d":     "504449337753863144",
		"%t":     "%!t(uint64=504449337753863144)",
	} {
		if got := fmt.Sprintf(format, id); got != want {
			t.Errorf("%s prints %q, want %q", format, got, want)
		}
	}
}

func TestJSONCarriesAnIDAsAString(t *testing.T) {
	type record struct {
		ID    netid64.ID            `json:"id"`
		Cause netid64.ID            `json:"cause,omitzero"`
		Seen  map[netid64.ID]uint64 `json:"seen"`
	}
	id := netid64.Make(7, 42, 1000)
	text, err := json.Marshal(record{ID: id, Seen: map[netid64.ID]uint64{id: 3}})
	if want := `{"id":"7:42:1000","seen":{"7:42:1000":3}}`; string(text) != want || err != nil {
		t.Fatalf("got %s, %v, want %s", text, err, want)
	}
	var back record
	if err := json.Unmarshal(text, &back); err != nil || back.ID != id || back.Seen[id] != 3 {
		t.Errorf("came back as %+v, %v", back, err)
	}
}

func TestALogShowsTheTripleAsOneWord(t *testing.T) {
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("lost", "id", netid64.Make(7, 42, 1000))
	if !strings.HasSuffix(out.String(), " id=7:42:1000\n") {
		t.Errorf("logged %q", out.String())
	}
}

func TestAppendTextAllocatesNothing(t *testing.T) {
	id, buf := ^netid64.Zero, make([]byte, 0, 32)
	if n := testing.AllocsPerRun(100, func() {
		if text, err := id.AppendText(buf); err != nil || len(text) != 23 {
			t.Errorf("appended %q, %v", text, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
