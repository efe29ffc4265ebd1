package fleettest

import (
	"os"
	"strconv"
	"testing"
)

// Images returns how many damaged images a test looks at: what ORBIT_HOSTILE
// says, or the usual number.
func Images(t testing.TB, usual int) int {
	t.Helper()
	text, ok := os.LookupEnv("ORBIT_HOSTILE")
	if !ok {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("ORBIT_HOSTILE=%q is not a number of images", text)
	}
	return n
}
