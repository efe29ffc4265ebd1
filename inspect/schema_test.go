package inspect_test

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/orbitring/orbit/inspect"
)

// fieldNames collects the JSON names of a type and of all within it.
func fieldNames(of reflect.Type, to map[string]bool) {
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice:
		fieldNames(of.Elem(), to)
	case reflect.Struct:
		if of == reflect.TypeFor[time.Time]() {
			return
		}
		for f := range of.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name != "" {
				to[name] = true
			} else if !f.Anonymous {
				to["(no name) "+of.Name()+"."+f.Name] = true
			}
			fieldNames(f.Type, to)
		}
	}
}

func TestEveryJSONFieldIsDescribed(t *testing.T) {
	text, err := os.ReadFile("../docs/inspect.md")
	must(t, err)
	names := map[string]bool{}
	for _, v := range []any{
		inspect.Listing{}, inspect.Stat{}, inspect.Top{}, inspect.Frame{}, inspect.Lost{}, inspect.Dumped{},
		inspect.DumpInfo{}, inspect.Collection{}, inspect.Diagnosis{},
	} {
		fieldNames(reflect.TypeOf(v), names)
	}
	if len(names) < 80 {
		t.Errorf("found only %d names", len(names))
	}
	for name := range names {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/inspect.md does not describe %q", name)
		}
	}
}
