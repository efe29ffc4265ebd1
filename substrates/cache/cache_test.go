package cache_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestPutThenGetReturnsTheBytes(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		c := openCache(t, f, cache.Options{})
		lacks(t, c, "a", cache.Unknown, 0)
		has(t, c, "a", "1", put(t, c, "a", "1"))
		has(t, c, "empty", "", put(t, c, "empty", ""))
		has(t, c, "a", "1", 0)
		lacks(t, c, "b", cache.Unknown, 0)
	})
}

func TestOfTwoPutsOfAKeyTheNewerOneCounts(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		c := openCache(t, f, cache.Options{})
		put(t, c, "a", "old")
		has(t, c, "a", "new", put(t, c, "a", "new"))
	})
}

func TestAMissAfterADeleteCarriesTheDeletesEpoch(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		c := openCache(t, f, cache.Options{})
		put(t, c, "a", "1")
		epoch, err := c.Delete("a")
		must(t, err)
		if epoch != 1 {
			t.Errorf("the second frame's epoch is %d", epoch)
		}
		lacks(t, c, "a", cache.Deleted, epoch)
		epoch, err = c.Delete("never put")
		must(t, err)
		lacks(t, c, "never put", cache.Deleted, epoch)
		has(t, c, "a", "again", put(t, c, "a", "again"))
	})
}

func TestTheSameKeyUnderTwoPrefixesHasTwoValues(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		c := openCache(t, f, cache.Options{})
		a, b := c.Prefix("a:"), c.Prefix("b:")
		x, y := put(t, a, "k", "1"), put(t, b, "k", "2")
		has(t, a, "k", "1", x)
		has(t, b, "k", "2", y)
		has(t, c, "a:k", "1", x)
		has(t, c.Prefix("a").Prefix(":"), "k", "1", x)
		lacks(t, c, "k", cache.Unknown, 0)
		epoch, err := a.Delete("k")
		must(t, err)
		lacks(t, a, "k", cache.Deleted, epoch)
		has(t, b, "k", "2", y)
	})
}

func TestAMissAfterExpiryIsKnownToBeThat(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		c := openCache(t, f, cache.Options{})
		before := fleet.Now()
		epoch := putFor(t, c, "a", "1", time.Millisecond)
		stays := putFor(t, c, "b", "2", time.Hour)
		for fleet.Now() < before+3*time.Millisecond {
		}
		lacks(t, c, "a", cache.Expired, epoch)
		has(t, c, "b", "2", stays)
		var e cache.Entry
		_, err := c.Read("a", &e)
		must(t, err)
		if e.TTL() != 0 || e.Expires <= before || e.Expires > fleet.Now() {
			t.Errorf("%+v", e)
		}
		_, err = c.Read("b", &e)
		must(t, err)
		if e.TTL() <= 59*time.Minute || e.TTL() > time.Hour {
			t.Errorf("b has %v left", e.TTL())
		}
		has(t, c, "a", "again", put(t, c, "a", "again"))
	})
}

func TestATimeToLiveThatWouldOverflowHasNoEnd(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 1, 0)
	c := openCache(t, f, cache.Options{})
	for _, ttl := range []time.Duration{cache.Forever, cache.Forever - 1, 200 * 365 * 24 * time.Hour} {
		epoch := putFor(t, c, "a", "1", ttl)
		has(t, c, "a", "1", epoch)
	}
	putFor(t, c, "a", "1", cache.Forever-1)
	var e cache.Entry
	_, err := c.Read("a", &e)
	must(t, err)
	if e.TTL() != cache.Forever {
		t.Errorf("%v left", e.TTL())
	}
}

func TestAnExpiredOrDeletedEntryShadowsAnOlderOne(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		c := openCache(t, f, cache.Options{})
		put(t, c, "a", "older")
		before := fleet.Now()
		epoch := putFor(t, c, "a", "newer", time.Nanosecond)
		for fleet.Now() <= before+time.Nanosecond {
		}
		lacks(t, c, "a", cache.Expired, epoch)
	})
}

func TestResetHidesEveryOlderEntryOfItsPrefix(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		c := openCache(t, f, cache.Options{})
		users := c.Prefix("user:")
		put(t, users, "1", "x")
		put(t, users, "2", "x")
		other := put(t, c, "group:1", "y")
		short := put(t, c, "user", "z")
		epoch, err := c.Reset("user:")
		must(t, err)
		lacks(t, users, "1", cache.WasReset, epoch)
		lacks(t, users, "2", cache.WasReset, epoch)
		lacks(t, users, "never put", cache.WasReset, epoch)
		has(t, c, "group:1", "y", other)
		has(t, c, "user", "z", short)
		has(t, users, "1", "new", put(t, users, "1", "new"))
		lacks(t, users, "2", cache.WasReset, epoch)

		first := epoch
		epoch, err = users.Reset("1")
		must(t, err)
		lacks(t, users, "1", cache.WasReset, epoch)
		lacks(t, users, "17", cache.WasReset, epoch)
		lacks(t, users, "2", cache.WasReset, first)
		deleted, err := users.Delete("1")
		must(t, err)
		lacks(t, users, "1", cache.Deleted, deleted)

		epoch, err = c.Reset("")
		must(t, err)
		lacks(t, c, "group:1", cache.WasReset, epoch)
		lacks(t, users, "1", cache.WasReset, epoch)
		lacks(t, c, "anything", cache.WasReset, epoch)
		has(t, c, "group:1", "new", put(t, c, "group:1", "new"))
	})
}

func TestOfManyResetPrefixesEachHidesItsOwn(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		const n = 1000 // many to a bucket of resets
		c := openCache(t, f, cache.Options{Capacity: 4096})
		epochs := map[string]uint64{}
		for i := range n {
			put(t, c, fmt.Sprintf("p%d:k", i), "x")
		}
		for i := 0; i < n; i += 2 {
			prefix := fmt.Sprintf("p%d:", i)
			epoch, err := c.Reset(prefix)
			must(t, err)
			epochs[prefix] = epoch
		}
		for i := range n {
			key := fmt.Sprintf("p%d:k", i)
			if epoch, was := epochs[key[:len(key)-1]]; was {
				lacks(t, c, key, cache.WasReset, epoch)
			} else {
				has(t, c, key, "x", uint64(i))
			}
		}
	})
}

func TestAWrappedOutKeyIsAMiss(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		c := openCache(t, f, cache.Options{Capacity: 8})
		_, err := c.Reset("key-")
		must(t, err)
		for i := range 100 {
			put(t, c, fmt.Sprintf("key-%d", i), fmt.Sprint(i))
		}
		for i := range 92 {
			lacks(t, c, fmt.Sprintf("key-%d", i), cache.Unknown, 0)
		}
		for i := 92; i < 100; i++ {
			has(t, c, fmt.Sprintf("key-%d", i), fmt.Sprint(i), uint64(i)+1)
		}
		if s := c.Stats(); s.Puts != 100 || s.Resets != 1 || s.Evicted != 92 || s.Hits != 16 || s.Misses != 184 {
			t.Errorf("%+v", s)
		}
	})
}

func TestOnlyLiveValuesCountAsEvicted(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		c := openCache(t, f, cache.Options{Capacity: 4})
		turn := func(n int, do func(i int)) uint64 {
			was := c.Stats().Evicted
			for i := range n {
				do(i)
			}
			return c.Stats().Evicted - was
		}
		if n := turn(40, func(int) { put(t, c, "same", "x") }); n != 0 {
			t.Errorf("a key that is put again and again evicts %d", n)
		}
		if n := turn(4, func(i int) { put(t, c, fmt.Sprint(i), "x") }); n != 1 {
			t.Errorf("four new keys evict %d, the one that was there is live", n)
		}
		if n := turn(4, func(i int) { _, err := c.Delete(fmt.Sprint(i)); must(t, err) }); n != 0 {
			t.Errorf("deleting what is there evicts %d", n)
		}
		if n := turn(4, func(i int) { putFor(t, c, fmt.Sprint(i), "x", time.Nanosecond) }); n != 0 {
			t.Errorf("overwriting deletes evicts %d", n)
		}
		if n := turn(4, func(i int) { put(t, c, fmt.Sprint("other", i), "x") }); n != 0 {
			t.Errorf("overwriting what has expired evicts %d", n)
		}
		if n := turn(1, func(int) { _, err := c.Reset("oth"); must(t, err) }); n != 1 {
			t.Errorf("a reset overwrites a live value, counted %d", n)
		}
		if n := turn(3, func(i int) { put(t, c, fmt.Sprint("more", i), "x") }); n != 0 {
			t.Errorf("overwriting what was reset evicts %d", n)
		}
	})
}

func TestKeysThatArePutInTurnDoNotPushOthersOut(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		const n = 4096
		c := openCache(t, f, cache.Options{Capacity: n})
		epochs := map[string]uint64{}
		for i := range 100 {
			key := fmt.Sprint("quiet", i)
			epochs[key] = put(t, c, key, key)
		}
		last := map[string]uint64{}
		for i := range n - 100 {
			key := fmt.Sprint("busy", i%50)
			last[key] = put(t, c, key, fmt.Sprint(i))
		}
		for key, epoch := range epochs {
			has(t, c, key, key, epoch)
		}
		for key, epoch := range last {
			has(t, c, key, fmt.Sprint(epoch-100), epoch)
		}
	})
}

func TestASiblingSeesWhatAnotherPuts(t *testing.T) {
	fleettest.Each(t, 3, func(t *testing.T, f *fleet.Fleet) {
		c := openCache(t, f, cache.Options{})
		epoch := put(t, c, "a", "1")
		late := openCache(t, fleettest.Sibling(t, f, 2), cache.Options{})
		has(t, late, "a", "1", epoch)
		epoch = put(t, late, "a", "2")
		has(t, c, "a", "2", epoch)
		var e cache.Entry
		_, err := c.Read("a", &e)
		must(t, err)
		if e.Node != 2 {
			t.Errorf("%+v", e)
		}
	})
}

func TestMembersMustAgreeOnTheOptions(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		openCache(t, f, cache.Options{Capacity: 16})
		g := fleettest.Sibling(t, f, 1)
		if _, err := cache.Open(g, cache.Options{Capacity: 32}); !errors.Is(err, layout.ErrMismatch) {
			t.Errorf("another capacity: %v", err)
		}
		if _, err := cache.Open(g, cache.Options{Capacity: 16, Size: 100}); !errors.Is(err, layout.ErrMismatch) {
			t.Errorf("another size: %v", err)
		}
		openCache(t, g, cache.Options{Capacity: 16})
	})
}

func TestBadInputIsRefusedAndPublishesNothing(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		c := openCache(t, f, cache.Options{Size: 300})
		put(t, c, "a", "1")
		family, err := f.OpenReserved(cache.Kind, family(1024, 300))
		must(t, err)
		big := make([]byte, 300)
		buf := c.NewBuffer()
		var e cache.Entry
		for _, b := range []struct {
			what string
			want error
			do   func() error
		}{
			{"a value as large as the limit and a key", ring.ErrPayload, func() error { _, err := c.Put("a", big, time.Hour); return err }},
			{"a value one byte too large beside its prefix", ring.ErrPayload, func() error { _, err := c.Prefix("p").Put("a", big[:299], time.Hour); return err }},
			{"an empty key to put", cache.ErrKey, func() error { _, err := c.Put("", nil, time.Hour); return err }},
			{"an empty key behind a prefix", cache.ErrKey, func() error { _, err := c.Prefix("p").Put("", nil, time.Hour); return err }},
			{"an empty key to delete", cache.ErrKey, func() error { _, err := c.Delete(""); return err }},
			{"an empty key to get", cache.ErrKey, func() error { _, _, err := c.Get("", buf); return err }},
			{"an empty key to read", cache.ErrKey, func() error { _, err := c.Read("", &e); return err }},
			{"an oversize key to put", cache.ErrKey, func() error { _, err := c.Put(strings.Repeat("k", 256), nil, time.Hour); return err }},
			{"an oversize key to delete", cache.ErrKey, func() error { _, err := c.Prefix("p").Delete(strings.Repeat("k", 255)); return err }},
			{"an oversize key to get", cache.ErrKey, func() error { _, _, err := c.Prefix("p").Get(strings.Repeat("k", 255), buf); return err }},
			{"an oversize prefix", cache.ErrPrefix, func() error { _, err := c.Reset(strings.Repeat("k", 64)); return err }},
			{"an oversize prefix in two parts", cache.ErrPrefix, func() error { _, err := c.Prefix("p").Reset(strings.Repeat("k", 63)); return err }},
			{"no time to live", cache.ErrTTL, func() error { _, err := c.Put("a", nil, 0); return err }},
			{"a negative time to live", cache.ErrTTL, func() error { _, err := c.Put("a", nil, -time.Second); return err }},
			{"a short buffer", ring.ErrShortBuffer, func() error { _, _, err := c.Get("a", buf[:0:c.BufferSize()-1]); return err }},
			{"no buffer", ring.ErrShortBuffer, func() error { _, _, err := c.Get("absent", nil); return err }},
		} {
			err := b.do()
			if !errors.Is(err, b.want) {
				t.Errorf("%s: %v, want %v", b.what, err, b.want)
			}
			if err != nil && (len(err.Error()) < 20 || !strings.HasPrefix(err.Error(), "orbit: ")) {
				t.Errorf("%s: %q says too little", b.what, err)
			}
		}
		if head := family.Ring().Head(0); head != 1 {
			t.Errorf("head is %d", head)
		}
		has(t, c, "a", "1", 0)
		_, err = c.Put(strings.Repeat("k", 255), big[:45], time.Hour)
		must(t, err)
		has(t, c, strings.Repeat("k", 255), string(big[:45]), 1)
	})
}

// family is the ring of a cache, as the cache asks for it.
func family(capacity uint64, size uint32) fleet.Spec {
	return fleet.Spec{Capacity: capacity, Payload: 40 + size, Aux: (640 + 16*capacity + 127) &^ 127, TypeName: "orbit.cache", Fingerprint: 1}
}

func TestOptionsThatCannotBeAreRefused(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		for _, o := range []cache.Options{{Capacity: 3}, {Capacity: 1}, {Capacity: 1 << 32}, {Size: 1 << 30}, {Size: 1<<32 - 1}} {
			if _, err := cache.Open(f, o); !errors.Is(err, layout.ErrGeometry) {
				t.Errorf("%+v: %v", o, err)
			}
		}
	})
}

func TestAClosedFleetIsAnError(t *testing.T) {
	for _, shared := range []bool{false, true} {
		var f *fleet.Fleet
		var err error
		if shared && fleettest.Shareable() {
			f, err = fleet.JoinShared(fleettest.Name(t), fleet.Options{Size: 1})
		} else {
			f, err = fleet.Join("here", fleet.Options{Size: 1})
		}
		must(t, err)
		c := openCache(t, f, cache.Options{})
		put(t, c, "a", "1")
		must(t, f.Close())
		_, put := c.Put("a", nil, time.Hour)
		_, del := c.Delete("a")
		_, reset := c.Reset("a")
		_, _, get := c.Get("a", c.NewBuffer())
		var e cache.Entry
		_, read := c.Read("a", &e)
		_, open := cache.Open(f, cache.Options{})
		for _, err := range []error{put, del, reset, get, read, open} {
			if !errors.Is(err, cache.ErrClosed) || !errors.Is(err, os.ErrClosed) {
				t.Errorf("%v", err)
			}
		}
	}
}

func TestEverySizeOfValueComesBack(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		const size = 3000
		c := openCache(t, f, cache.Options{Capacity: 4, Size: size})
		value := make([]byte, size)
		for i := range value {
			value[i] = byte(i * 7)
		}
		for n := 0; n <= size-5; n += 1 + n/200 {
			has(t, c, "key", string(value[:n]), put(t, c, "key", string(value[:n])))
			put(t, c, "other", string(value[n:size-5]))
			has(t, c, "other", string(value[n:size-5]), put(t, c, "other", string(value[n:size-5])))
		}
	})
}

func TestAResetOfTheRingEmptiesTheCache(t *testing.T) {
	fleettest.Each(t, 1, func(t *testing.T, f *fleet.Fleet) {
		c := openCache(t, f, cache.Options{})
		put(t, c, "a", "1")
		r, err := f.OpenReserved(cache.Kind, family(1024, 256))
		must(t, err)
		must(t, r.Ring().Reset())
		lacks(t, c, "a", cache.Unknown, 0)
		has(t, c, "a", "2", put(t, c, "a", "2"))
	})
}

func TestGetsAndPutsAllocateNothing(t *testing.T) {
	f, err := fleet.Join("here", fleet.Options{Size: 1})
	must(t, err)
	defer f.Close()
	c := openCache(t, f, cache.Options{Capacity: 16})
	p := c.Prefix("a-prefix-that-is-longer-than-32-bytes:")
	value, buf := make([]byte, 64), c.NewBuffer()
	var e cache.Entry
	i := 0
	for what, do := range map[string]func(){
		"put":                func() { c.Put("key", value, time.Hour) },
		"put under a prefix": func() { p.Put("key", value, cache.Forever) },
		"get":                func() { c.Get("key", buf) },
		"get under a prefix": func() { p.Get("key", buf) },
		"get of nothing":     func() { c.Get("nothing", buf) },
		"read":               func() { c.Read("key", &e) },
		"read of nothing":    func() { c.Read("nothing", &e) },
		"delete":             func() { c.Delete("other") },
		"reset":              func() { c.Reset([]string{"a", "bb", "ccc"}[i%3]); i++ },
	} {
		if n := testing.AllocsPerRun(1000, do); n != 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
}
