package cache_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/fleet"
)

// journal is the cache as it should be: all frames in order, and a walk back.
type journal struct {
	frames   []record
	capacity int
}

type record struct {
	op         cache.State // of the keys that it concerns
	key, value string
}

func (j *journal) read(key string) (cache.State, uint64, string) {
	for i := len(j.frames) - 1; i >= max(0, len(j.frames)-j.capacity); i-- {
		f := j.frames[i]
		if f.op == cache.WasReset && strings.HasPrefix(key, f.key) || f.op != cache.WasReset && f.key == key {
			return f.op, uint64(i), f.value
		}
	}
	return cache.Unknown, 0, ""
}

func TestTheIndexFindsWhatAWalkThroughAllFramesWouldFind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		capacity := 1 << rapid.IntRange(1, 6).Draw(t, "log2 capacity")
		f, err := fleet.Join("model", fleet.Options{Size: 2})
		must(t, err)
		defer f.Close()
		g, err := f.Sibling(fleet.Auto)
		must(t, err)
		defer g.Close()
		o := cache.Options{Capacity: uint64(capacity), Size: 700}
		c, err := cache.Open(f, o)
		must(t, err)
		d, err := cache.Open(g, o)
		must(t, err)
		both := []*cache.Cache{c, d}
		keys := append(cache.Colliding(c, "a:", rapid.IntRange(1, 12).Draw(t, "colliding keys")), "a:x", "a:y", "b:x", "bb", "c")
		j := &journal{capacity: capacity}
		key := rapid.SampledFrom(keys)
		member := rapid.SampledFrom(both)
		did := func(epoch uint64, err error, r record) {
			must(t, err)
			if epoch != uint64(len(j.frames)) {
				t.Fatalf("epoch %d, want %d", epoch, len(j.frames))
			}
			j.frames = append(j.frames, r)
		}
		var e cache.Entry
		put := func(t *rapid.T) {
			key := key.Draw(t, "key")
			value := strings.Repeat(fmt.Sprintf("%s=%d;", key, len(j.frames)), rapid.IntRange(1, 50).Draw(t, "repeat"))
			epoch, err := member.Draw(t, "member").Put(key, []byte(value), cache.Forever)
			did(epoch, err, record{cache.Present, key, value})
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": put, "put again": put, "put once more": put,
			"delete": func(t *rapid.T) {
				key := key.Draw(t, "key")
				epoch, err := member.Draw(t, "member").Delete(key)
				did(epoch, err, record{cache.Deleted, key, ""})
			},
			"reset": func(t *rapid.T) {
				prefix := rapid.SampledFrom([]string{"", "a", "a:", "a:1", "b", "bb", "zz"}).Draw(t, "prefix")
				epoch, err := member.Draw(t, "member").Reset(prefix)
				did(epoch, err, record{cache.WasReset, prefix, ""})
			},
			"": func(t *rapid.T) {
				for i, key := range append(keys, "absent") {
					state, epoch, value := j.read(key)
					_, err := both[i%2].Read(key, &e)
					must(t, err)
					if e.State != state || e.Epoch != epoch || string(e.Value) != value {
						t.Fatalf("%q: %v %q of epoch %d, want %v %q of %d", key, e.State, e.Value, e.Epoch, state, value, epoch)
					}
				}
			},
		})
	})
}
