package main

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	if os.Getenv("WEBFLEET_WORKER") != "" {
		main()
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
	const want = `the first request is answered from the database <nil>
100 more: map[1250 cents:100], database asked: false
tea costs 1399 cents now <nil>
100 more: map[1399 cents:100], database asked: false
`
	if out.String() != want {
		t.Errorf("got:\n%swant:\n%s", out.String(), want)
	}
}
