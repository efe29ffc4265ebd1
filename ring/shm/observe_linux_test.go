//go:build amd64 || arm64

package shm

import (
	"os"
	"strings"
	"testing"
)

func TestAnObserverMapsReadOnly(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		must(t, e.open(7).Close())
		o, err := Observe(e.name(7), e.o)
		must(t, err)
		defer o.Close()
		maps, err := os.ReadFile("/proc/self/maps")
		must(t, err)
		for line := range strings.Lines(string(maps)) {
			if strings.Contains(line, e.name(7)) {
				if !strings.Contains(line, " r--s ") {
					t.Fatal(line)
				}
				return
			}
		}
		t.Fatalf("not mapped:\n%s", maps)
	})
}
