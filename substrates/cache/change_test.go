package cache_test

import (
	"testing"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestAFollowerOfTheRingSeesEveryChange(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		c, err := cache.Open(f, cache.Options{})
		fleettest.Must(t, err)
		for _, e := range []error{
			second(c.Put("a:1", []byte("one"), cache.Forever)),
			second(c.Put("a:2", []byte("two"), time.Hour)),
			second(c.Delete("a:1")), second(c.Reset("a:")),
		} {
			fleettest.Must(t, e)
		}
		cursor, err := c.Ring().Cursor(ring.Oldest)
		fleettest.Must(t, err)
		defer cursor.Close()
		want := []cache.Change{
			{Op: cache.OpPut, Key: []byte("a:1"), Value: []byte("one"), TTL: cache.Forever},
			{Op: cache.OpPut, Key: []byte("a:2"), Value: []byte("two"), TTL: time.Hour},
			{Op: cache.OpDelete, Key: []byte("a:1"), TTL: cache.Forever},
			{Op: cache.OpReset, Key: []byte("a:"), TTL: cache.Forever},
		}
		n := 0
		for frame := range cursor.Frames(0) {
			got, ok := cache.ChangeOf(frame)
			w := want[n]
			if !ok || got.Op != w.Op || string(got.Key) != string(w.Key) || string(got.Value) != string(w.Value) {
				t.Errorf("change %d is %+v, want %+v", n, got, w)
			}
			if got.TTL > w.TTL || (got.TTL < w.TTL && w.TTL == cache.Forever) || got.TTL == 0 {
				t.Errorf("change %d has %v left, of %v", n, got.TTL, w.TTL)
			}
			n++
		}
		if n != len(want) {
			t.Errorf("%d changes, want %d", n, len(want))
		}
		if _, ok := cache.ChangeOf(&ring.Frame{Op: 1, Version: 200}); ok {
			t.Error("a frame that is shorter than its key was taken for a change")
		}
	})
}

func second[T any](_ T, err error) error { return err }
