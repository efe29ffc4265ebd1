package cli

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestFlagsAreWrittenAsGoUsersWriteThem(t *testing.T) {
	got := longFlags([]string{"-json", "--dir", "-o", "-h", "-1", "-x=3", "stat", "--", "-json"})
	want := []string{"--json", "--dir", "-o", "-h", "-1", "--x=3", "stat", "--", "-json"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestHelpIsGivenAndMistakesAreUsageErrors(t *testing.T) {
	var verbs struct {
		Do struct {
			Count int
		} `cmd:""`
	}
	var out bytes.Buffer
	if k, err := Parse("tool", "About it.", &verbs, []string{"-h"}, &out, &out); k != nil || err != nil || !strings.Contains(out.String(), "About it.") {
		t.Errorf("%v %v %q", k, err, out.String())
	}
	for _, args := range [][]string{{"undo"}, {"do", "-count", "many"}, {"do", "extra"}, {"-nonsense"}} {
		if _, err := Parse("tool", "", &verbs, args, &out, &out); !errors.As(err, new(*UsageError)) {
			t.Errorf("%q: %v", args, err)
		}
	}
	if k, err := Parse("tool", "", &verbs, []string{"do", "-count", "3"}, &out, &out); err != nil || k == nil || verbs.Do.Count != 3 {
		t.Errorf("%v %v", verbs, err)
	}
}
