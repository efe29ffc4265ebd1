//go:build linux && amd64 && !race

package killtest

import (
	"errors"
	"os"
	"testing"

	"github.com/orbitring/orbit/internal/killpoint"
	"github.com/orbitring/orbit/internal/proctest"
)

func TestMain(m *testing.M) {
	killpoint.Main()
	proctest.Main(m, map[string]proctest.Role{"sleeper": playSleeper})
}

// stageOf makes a stage, which the caller closes: it is bound to the goroutine.
func stageOf(t *testing.T, role, args string, files ...*os.File) *killpoint.Stage {
	t.Helper()
	s, err := killpoint.Start(role, args, files...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// surveyed surveys the stage's operation. Where ptrace is refused the sweeps
// cover nothing, which continuous integration must not mistake for a pass.
func surveyed(t *testing.T, s *killpoint.Stage, scene killpoint.Scene) *killpoint.Survey {
	t.Helper()
	v, err := s.Survey(scene)
	if errors.Is(err, killpoint.ErrRefused) && os.Getenv("CI") != "true" {
		t.Skipf("NOTHING IS COVERED: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}
