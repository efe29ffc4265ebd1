package main

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	if os.Getenv("LOADTABLE_WORKER") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestOutput(t *testing.T) {
	if strconv.IntSize < 64 {
		t.Skip("this build cannot share segments")
	}
	var out strings.Builder
	if err := run(&out); err != nil {
		t.Fatal(err)
	}
	const want = `all work:
  worker 1: 10 % busy, heartbeat fresh, alive true
  worker 2: 20 % busy, heartbeat fresh, alive true
  worker 3: 30 % busy, heartbeat fresh, alive true
worker 2 hangs, worker 3 is dead:
  worker 1: 10 % busy, heartbeat fresh, alive true
  worker 2: 20 % busy, heartbeat stale, alive true
  worker 3: 30 % busy, heartbeat stale, alive false
`
	if out.String() != want {
		t.Errorf("got:\n%swant:\n%s", out.String(), want)
	}
}
