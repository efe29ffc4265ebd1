package main

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	if os.Getenv("LEADER_WORKER") != "" {
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
	const want = `the first leader does step 1
the first leader does step 2
the leader is killed
the next leader does step 3
the next leader does step 4
the next leader does step 5
the next leader does step 6
a late request of the first leader is refused
`
	if out.String() != want {
		t.Errorf("got:\n%swant:\n%s", out.String(), want)
	}
}
