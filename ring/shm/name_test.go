package shm

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

var badNames = []string{
	"", "orbit", "orbit-", "orbit-a", "orbit-a-1", "orbit--1-0", "orbit-a-0-0", "orbit-a-256-0",
	"orbit-a-01-0", "orbit-a-1-00", "orbit-a-1-", "orbit-a-1-4294967296", "orbit-a-1--1", "orbit-a-+1-0",
	"Orbit-a-1-0", "xorbit-a-1-0", "orbit-a/b-1-0", "orbit-../x-1-0", "orbit-..-1-0", "orbit-a\x00-1-0",
	"orbit-a b-1-0", "orbit-ä-1-0", "/orbit-a-1-0", "orbit-a-1-0\n", "orbit-" + strings.Repeat("f", 250) + "-1-0",
}

func TestNamesSayFleetKindAndOwner(t *testing.T) {
	if os.Geteuid() < 0 {
		t.Skip("NOT TESTED: no user ids here")
	}
	name, err := Name("my-fleet_1.x", 200)
	if want := fmt.Sprintf("orbit-my-fleet_1.x-200-%d", os.Geteuid()); err != nil || name != want {
		t.Fatalf("%q, %v; want %q", name, err, want)
	}
	n, err := parseName(name)
	if err != nil || n.fleet != "my-fleet_1.x" || n.kind != 200 || n.uid != uint32(os.Geteuid()) {
		t.Fatalf("%+v, %v", n, err)
	}
}

func TestNamesThatNameDoesNotMakeAreRefused(t *testing.T) {
	for _, name := range badNames {
		n, err := parseName(name)
		var detail *NameError
		if !errors.Is(err, ErrName) || !errors.As(err, &detail) || detail.Name != name {
			t.Errorf("%q: %+v, %v", name, n, err)
		}
	}
}

func TestFleetsWithOddCharactersAreRefused(t *testing.T) {
	for _, fleet := range []string{"", "..", "a..b", "a/b", "a b", "a\x00", "ä", "a\n", "*", strings.Repeat("f", 244)} {
		if name, err := NameOf(fleet, 1, 1000); !errors.Is(err, ErrName) {
			t.Errorf("%q: %q, %v", fleet, name, err)
		}
	}
	if _, err := NameOf("a", 0, 0); !errors.Is(err, ErrName) {
		t.Errorf("kind 0: %v", err)
	}
	for _, fleet := range []string{"a", ".", "-", "_", "0", "-1-2", strings.Repeat("f", 242)} {
		name, err := NameOf(fleet, 1, 1000)
		n, parseErr := parseName(name)
		if err != nil || parseErr != nil || n.fleet != fleet || n.kind != 1 || n.uid != 1000 {
			t.Errorf("%q: %q, %v, %+v, %v", fleet, name, err, n, parseErr)
		}
	}
}
