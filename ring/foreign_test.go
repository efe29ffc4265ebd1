//go:build unix

package ring_test

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// foreignReader builds the reader in C that proves docs/layout.md.
func foreignReader(t *testing.T) string {
	t.Helper()
	cc, err := exec.LookPath("cc")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("CI must have a C compiler: ", err)
		}
		t.Skip("NOT TESTED: no C compiler: ", err)
	}
	program := filepath.Join(t.TempDir(), "orbit-read")
	if out, err := exec.Command(cc, "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, "../docs/reader/orbit-read.c").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

func TestAReaderInCReadsTheGoldenImages(t *testing.T) {
	program := foreignReader(t)
	notItsOwn := regexp.MustCompile(`(?m)^(kind|type|aux) .*\n|head \d+, floor \d+, |, newest .*$`)
	for name := range goldenShapes {
		path := filepath.Join("testdata/layout-1.0", name)
		want, err := os.ReadFile(path + ".txt")
		fine(t, err)
		got, err := exec.Command(program, path+".img").CombinedOutput()
		if text := notItsOwn.ReplaceAllString(string(want), ""); err != nil || string(got) != text {
			t.Errorf("%s: %v\n%swant\n%s", name, err, got, text)
		}
	}
	image, err := os.ReadFile("testdata/layout-1.0/lane.img")
	fine(t, err)
	for says, spoil := range map[string]func([]byte) []byte{
		"not a segment":                func(b []byte) []byte { b[0]++; return b },
		"another layout major":         func(b []byte) []byte { b[layout.MajorOffset]++; return b },
		"damaged header":               func(b []byte) []byte { b[layout.CapacityOffset]++; return b },
		"its geometry is not its size": func(b []byte) []byte { return b[:len(b)-1] },
		"cannot read it":               func(b []byte) []byte { return b[:100] },
	} {
		path := filepath.Join(t.TempDir(), "bad")
		fine(t, os.WriteFile(path, spoil(append([]byte(nil), image...)), 0o600))
		if out, err := exec.Command(program, path).CombinedOutput(); err == nil || !strings.Contains(string(out), says) {
			t.Errorf("%q, %v, want %q", out, err, says)
		}
	}
}

// foreignSlots is few enough for writers to come around the reader.
const foreignSlots = 256

// proven is a payload that proves itself.
func proven(version uint64) []byte {
	b := make([]byte, version%5*8)
	for i := 0; i < len(b); i += 8 {
		binary.LittleEndian.PutUint64(b[i:], version*0x9e3779b97f4a7c15+uint64(i))
	}
	return b
}

func TestAReaderInCFollowsALiveRing(t *testing.T) {
	if bits.UintSize != 64 {
		t.Skip("this build cannot share segments")
	}
	program := foreignReader(t)
	for _, topology := range []layout.Topology{layout.Lane, layout.Shared} {
		t.Run(topology.String(), func(t *testing.T) {
			dir := t.TempDir()
			name, err := shm.Name("foreign", 7)
			fine(t, err)
			g := layout.Geometry{Topology: topology, Lanes: 2, Capacity: foreignSlots, Payload: 40}
			if topology == layout.Shared {
				g.Lanes = 1
			}
			segment, err := shm.Open(name, layout.Identity{Kind: 7, Geometry: g}, shm.Options{Dir: dir})
			fine(t, err)
			r, err := ring.Open(segment)
			fine(t, err)
			defer r.Close()
			var stop atomic.Bool
			var writing sync.WaitGroup
			defer writing.Wait()
			defer stop.Store(true)
			for node := range uint16(2) {
				w, err := r.Writer(node)
				fine(t, err)
				writing.Go(func() {
					defer w.Close()
					for v := uint64(0); !stop.Load(); v++ {
						w.Publish(uint8(v), v, proven(v))
					}
				})
			}
			const frames = 5_000
			out, err := exec.Command(program, segment.Path(), fmt.Sprint(frames)).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			checkForeign(t, string(out), frames, int(g.Lanes))
		})
	}
}

// checkForeign checks that every frame proves itself, that the positions of a
// lane ascend, and that each was delivered or counted.
func checkForeign(t *testing.T, out string, frames, lanes int) {
	next := make([]uint64, lanes) // positions
	delivered := make([]uint64, lanes)
	seen, laps := 0, 0
	for s := bufio.NewScanner(strings.NewReader(out)); s.Scan(); {
		var kind, node, op, lane int
		var position, version, cursor, overwritten, unavailable, reset uint64
		line := s.Text()
		if n, _ := fmt.Sscanf(line, "lane %d: cursor at %d, lost {Overwritten:%d Unavailable:%d Reset:%d}",
			&lane, &cursor, &overwritten, &unavailable, &reset); n == 5 {
			if delivered[lane]+overwritten+unavailable+reset != cursor || reset != 0 || cursor < next[lane] {
				t.Errorf("%s: after %d frames up to %d", line, delivered[lane], next[lane])
			}
			laps += int(cursor / foreignSlots)
			continue
		}
		if n, _ := fmt.Sscanf(line, "frame %d:%d:%d op %d version %d", &kind, &node, &position, &op, &version); n != 5 {
			t.Fatalf("said %q", line)
		}
		_, payload, _ := strings.Cut(line, " payload ")
		if kind != 7 || node > 1 || op != int(uint8(version)) || payload != hex.EncodeToString(proven(version)) {
			t.Fatalf("torn: %s", line)
		}
		if lanes > 1 {
			lane = node
		}
		if position < next[lane] {
			t.Fatalf("%s after position %d", line, next[lane]-1)
		}
		next[lane], seen = position+1, seen+1
		delivered[lane]++
	}
	if seen != frames || laps < lanes {
		t.Errorf("%d frames, %d laps", seen, laps)
	}
}
