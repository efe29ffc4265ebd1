//go:build !linux || !amd64 || race

package killtest

import (
	"testing"

	"github.com/orbitring/orbit/internal/killpoint"
)

// The sweeps are not in this build: the race detector puts a hundred
// instructions of its own around each of the ring's, other systems cannot step,
// and qemu cannot trace. The ordinary linux/amd64 build covers them, and there
// it is a failure when they cannot run.
func TestThisBuildLeavesTheSweepsToTheOrdinaryOne(t *testing.T) {
	if _, err := killpoint.Start("none", ""); err == nil {
		t.Log("the race detector is on: run the tests without it too")
	} else {
		t.Log(err)
	}
}
