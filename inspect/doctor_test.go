package inspect_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/orbitring/orbit/inspect"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func itoa(n int) string { return strconv.Itoa(n) }

func diagnose(t *testing.T, place inspect.Place, name string) inspect.Diagnosis {
	t.Helper()
	d, err := inspect.Diagnose(t.Context(), place, name, 20*time.Millisecond)
	must(t, err)
	// This host may lack something, and its file system be full.
	d.Findings = slices.DeleteFunc(d.Findings, func(f inspect.Finding) bool {
		return f.Where == "host" || strings.Contains(f.Evidence, "bytes are free")
	})
	return d
}

// has finds a finding about a file, and checks that it is complete.
func has(t *testing.T, d inspect.Diagnosis, s inspect.Severity, where, what string) {
	t.Helper()
	for _, f := range d.Findings {
		if f.Evidence == "" || f.Remedy == "" || f.Where == "" {
			t.Errorf("not complete: %+v", f)
		}
		if f.Severity == s && strings.Contains(f.Where, where) && strings.Contains(f.What, what) {
			return
		}
	}
	t.Errorf("no %s %q about %s in %+v", s, what, where, d.Findings)
}

func TestTheDoctorFindsWritersThatWereKilledOrStoppedInsideSlots(t *testing.T) {
	f := busy(t)
	if d := diagnose(t, everywhere, f.Name()); len(d.Findings) != 0 || d.Segments != 5 || d.Sick() {
		t.Fatalf("of a healthy fleet: %+v", d)
	}
	for _, kind := range []string{"1", "2"} {
		c := fleettest.Start(t, "inside", f.Name(), "2", kind)
		c.Expect("inside")
		d := diagnose(t, everywhere, f.Name())
		has(t, d, inspect.Warning, "-"+kind+"-", "node 2 stays inside a slot")
		if !d.Sick() {
			t.Error("it needs attention")
		}
		c.Kill()
		d = diagnose(t, everywhere, f.Name())
		has(t, d, inspect.Note, "-"+kind+"-", "node 2 was killed inside a slot")
		if d.Sick() {
			t.Errorf("it needs no attention: %+v", d)
		}
	}
}

func TestTheDoctorFindsWhatIsNotToBeTrusted(t *testing.T) {
	if !fleettest.Shareable() {
		t.Skip("this build cannot share segments")
	}
	dir := t.TempDir()
	place := inspect.Place{Dir: dir, UID: inspect.Everyone}
	f, err := fleet.JoinShared("shop", fleet.Options{Size: 2, Dir: dir})
	must(t, err)
	defer f.Close()
	must(t, define(f))
	for _, kind := range []uint8{shared, lane} {
		for range 200 {
			_, err := family(t, f, kind).Publish(0, 0, nil)
			must(t, err)
		}
	}
	name := func(kind int) string { return filepath.Join(dir, "orbit-shop-"+itoa(kind)+"-"+itoa(os.Geteuid())) }
	change := func(kind int, offset int64, value uint64) {
		t.Helper()
		file, err := os.OpenFile(name(kind), os.O_WRONLY, 0)
		must(t, err)
		_, err = file.WriteAt(binary.LittleEndian.AppendUint64(nil, value), offset)
		must(t, err)
		must(t, file.Close())
	}
	g := family(t, f, shared).Ring().Identity().Geometry
	change(shared, int64(g.FloorOffset(0)), 1<<40)
	change(lane, int64(g.HeadOffset(0)), 1<<40)
	must(t, os.WriteFile(name(11), []byte("noise"), 0o600))
	must(t, os.WriteFile(name(12), nil, 0o666))
	must(t, os.Chmod(name(12), 0o666))
	image, err := os.ReadFile(name(shared))
	must(t, err)
	must(t, os.WriteFile(name(13), image[:600], 0o600))
	image[layout.MajorOffset]++
	must(t, os.WriteFile(name(14), image, 0o600))
	must(t, os.Symlink("/etc/passwd", name(15)))
	must(t, os.WriteFile(filepath.Join(dir, "orbit-x"), nil, 0o600))

	d := diagnose(t, place, "")
	has(t, d, inspect.Problem, "-1-", "floor lies past its head")
	has(t, d, inspect.Problem, "-2-", "no slot is what its head says")
	has(t, d, inspect.Problem, "-11-", "another layout, or something else")
	has(t, d, inspect.Problem, "-12-", "not to be trusted")
	has(t, d, inspect.Problem, "-13-", "damaged")
	has(t, d, inspect.Problem, "-14-", "another layout")
	has(t, d, inspect.Problem, "-15-", "not to be trusted")
	has(t, d, inspect.Note, "orbit-x", "its name is none")
	if !d.Sick() {
		t.Error("it needs attention")
	}
	must(t, f.Close())
	has(t, diagnose(t, place, "shop"), inspect.Note, dir, "segments are held by no live process")
	_, err = inspect.Diagnose(t.Context(), inspect.Place{Dir: dir + "/missing", UID: inspect.Everyone}, "", 0)
	if err == nil {
		t.Error("a missing directory looks healthy")
	}
}
