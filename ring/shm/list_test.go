//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import (
	"io/fs"
	"os"
	"testing"
	"time"
)

func TestListTellsWhatIsThere(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		e.open(7)
		e.o.Mode = 0o640
		e.open(8)
		other := &setting{t: t, o: e.o, fleet: e.fleet + "-b"}
		other.open(7)
		junk := "orbit-" + e.fleet + "-junk"
		must(t, os.WriteFile(e.o.Dir+"/"+junk, nil, 0o600))
		defer os.Remove(e.o.Dir + "/" + junk)

		list, err := List(e.o, e.fleet)
		must(t, err)
		if len(list) != 3 || list[0].Name != e.name(7) || list[1].Name != e.name(8) || list[2].Name != junk {
			t.Fatalf("listed %+v", list)
		}
		for i, kind := range []uint8{7, 8} {
			l := list[i]
			mode := []fs.FileMode{0o600, 0o640}[i]
			if l.Err != nil || l.Fleet != e.fleet || l.Kind != kind || l.UID != uint32(os.Geteuid()) ||
				l.Mode != mode || l.Size != int64(small(7).Geometry.Size()) || l.Path != e.path(kind) ||
				l.Identity.Geometry != small(7).Geometry || l.Age < 0 || l.Age > time.Hour {
				t.Fatalf("listed %+v", l)
			}
		}
		mustBe(t, list[2].Err, ErrName)
		all, err := List(e.o, "")
		must(t, err)
		if len(all) != 4 {
			t.Fatalf("listed %+v", all)
		}
	})
}

func TestADirectoryThatCannotBeReadIsNotAnEmptyList(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		list, err := List(e.o, e.fleet)
		must(t, err)
		if len(list) != 0 {
			t.Fatalf("listed %+v", list)
		}
		_, err = List(Options{Dir: e.o.Dir + "/missing"}, e.fleet)
		mustBe(t, err, fs.ErrNotExist)
		_, err = List(e.o, "a/b")
		mustBe(t, err, ErrName)
	})
}
