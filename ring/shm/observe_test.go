//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import (
	"io/fs"
	"testing"
)

func TestAnObserverLocksNothingAndCreatesNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		_, err := Observe(e.name(7), e.o)
		mustBe(t, err, fs.ErrNotExist)
		if left := e.objects(); len(left) != 0 {
			t.Fatalf("created %v", left)
		}
		s := e.open(7)
		ask2(t, s.TryLock, 2)
		o, err := Observe(e.name(7), e.o)
		must(t, err)
		defer o.Close()
		if !o.ReadOnly() || !ask2(t, o.Alive, 2) || ask2(t, o.Alive, 3) {
			t.Fatal("observer: read-only, node 2 alive, node 3 dead")
		}
		_, err = o.TryLock(3)
		mustBe(t, err, ErrReadOnly)
		s.Bytes()[600] = 99
		if o.Bytes()[600] != 99 {
			t.Fatal("observer sees other bytes")
		}
		must(t, s.Close())
		if h, err := o.Holders(); err != nil || h.Members || len(h.Nodes) != 0 {
			t.Fatalf("holders with only an observer: %+v, %v", h, err)
		}
		if !ask2(t, func(uint16) (bool, error) { return o.Named() }, 0) {
			t.Fatal("it has its name")
		}
		must(t, Remove(e.name(7), e.o))
		must(t, e.open(7).Close())
		if ask2(t, func(uint16) (bool, error) { return o.Named() }, 0) {
			t.Fatal("another segment has its name")
		}
		if o.Bytes()[600] != 99 || ask2(t, o.Alive, 2) {
			t.Fatal("the observer must go on seeing the old segment")
		}
	})
}
