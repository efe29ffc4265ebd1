//go:build amd64 || arm64

package shm

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/ring/layout"
)

// tiny mounts a file system of size bytes over the setting's directory.
func (e *setting) tiny(size int) {
	e.t.Helper()
	if os.Geteuid() != 0 {
		e.t.Skip("NOT TESTED: only root can mount the tiny file system")
	}
	must(e.t, unix.Mount("orbit-test", e.o.Dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=755", size)))
	e.t.Cleanup(func() {
		if err := unix.Unmount(e.o.Dir, 0); err != nil {
			e.t.Errorf("unmount: %v: something still holds it", err)
			unix.Unmount(e.o.Dir, unix.MNT_DETACH)
		}
	})
}

func sized(kind uint8, capacity uint64) layout.Identity {
	id := small(kind)
	id.Geometry.Capacity = capacity
	return id
}

func TestAFullFileSystemIsAnErrorAtCreateThatSaysWhatToDo(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		e.tiny(1 << 20)
		member := e.open(7)
		for _, capacity := range []uint64{8192, 1 << 24} {
			id := sized(8, capacity)
			_, err := Open(e.name(8), id, e.o)
			mustBe(t, err, ErrNoSpace, unix.ENOSPC)
			detail, ok := errors.AsType[*SpaceError](err)
			if !ok || detail.Need != id.Geometry.Size() || detail.Free == 0 || detail.Free >= 1<<20 {
				t.Fatalf("detail is %+v", detail)
			}
			mustSay(t, err, e.path(8), fmt.Sprint("need ", detail.Need, " bytes"), fmt.Sprint(detail.Free, " bytes are free"),
				"64 MiB", "--shm-size", "emptyDir")
			_, err = Unnamed(id, e.o)
			mustBe(t, err, ErrNoSpace)
		}
		if left := e.objects(); len(left) != 1 || left[0] != e.name(7) {
			t.Fatalf("left %v", left)
		}
		for i := range member.Bytes()[layout.HeaderSize:] {
			member.Bytes()[layout.HeaderSize+i] = byte(i)
		}
		must(t, e.open(7).Close())
		s, err := Open(e.name(9), sized(9, 4096), e.o)
		must(t, err)
		_, err = Open(e.name(10), sized(10, 4096), e.o)
		mustBe(t, err, ErrNoSpace)
		t.Log(err)
		must(t, s.Close())
		must(t, Remove(e.name(9), e.o))
		must(t, member.Close())
		must(t, Remove(e.name(7), e.o))
	})
}

func TestTheMemoryOfAContainerIsNamedWhenItIsTheCause(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		e.tiny(64 << 20)
		total, free, err := Space(e.o)
		must(t, err)
		if total != 64<<20 || free == 0 || free > total {
			t.Fatalf("%d free of %d", free, total)
		}
		_, err = Open(e.name(8), sized(8, 1<<20), e.o)
		mustBe(t, err, ErrNoSpace)
		mustSay(t, err, "exactly the 64 MiB of a container")
		if left := e.objects(); len(left) != 0 {
			t.Fatalf("left %v", left)
		}
	})
}

func TestSpaceForOneIsEnoughForManyCreatorsOfOneName(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		e.tiny(os.Getpagesize()) // holds one small segment
		seen := rush(t, e, 8)
		if len(seen) != 2 {
			t.Fatalf("8 processes saw %v", seen)
		}
		must(t, Remove(e.name(7), e.o))
	})
}

func TestACreatorWithoutSpaceWaitsForARivalThatHoldsIt(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		e.tiny(os.Getpagesize()) // holds one small segment
		rival := start(t, "stop while creating", args{Name: e.name(7), Options: e.o, Step: "reserved"})
		rival.expect("at reserved")
		waited := false
		step = func(at string) {
			if at == "again" && !waited {
				waited = true
				must(t, rival.leave())
			}
		}
		defer func() { step = func(string) {} }()
		s := e.open(7)
		if !waited || s.Created() {
			t.Fatalf("waited %v, created %v", waited, s.Created())
		}
		must(t, s.Close())
		must(t, Remove(e.name(7), e.o))
	})
}

func TestEveryByteIsReservedBeforeTheNameAppears(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		s, err := Open(e.name(7), sized(7, 4096), e.o)
		must(t, err)
		defer s.Close()
		var st unix.Stat_t
		must(t, lstat(s.Path(), &st))
		if uint64(st.Blocks)*512 < s.Identity().Geometry.Size() {
			t.Fatalf("%d of %d bytes reserved", st.Blocks*512, s.Identity().Geometry.Size())
		}
	})
}
