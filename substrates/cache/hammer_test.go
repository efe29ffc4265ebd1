package cache_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

var hammerOptions = cache.Options{Capacity: 256, Size: 400}

// worker puts, deletes and resets values that prove themselves, and reads those
// of everybody. It checks that a value is whole and its key's, that what it has
// written it finds, and that no key ever goes back.
type worker struct {
	c     *cache.Cache
	r     *ring.Ring
	node  uint64
	count uint64
	rng   *rand.Rand
	keys  []string
	last  map[string]uint64 // epochs seen + 1
	value []byte
	e     cache.Entry

	reads, hits, writes, known uint64
}

func newWorker(f *fleet.Fleet, c *cache.Cache, seed uint64) (*worker, error) {
	a, err := f.OpenReserved(cache.Kind, family(hammerOptions.Capacity, hammerOptions.Size))
	if err != nil {
		return nil, err
	}
	w := &worker{c: c, r: a.Ring(), node: uint64(f.Node()), rng: rand.New(rand.NewPCG(seed, 1)), last: map[string]uint64{}}
	w.keys = append(cache.Colliding(c, "same:", 9), cache.Colliding(c, "too:", 5)...)
	for i := range 300 {
		w.keys = append(w.keys, fmt.Sprintf("key%d:%s", i%7, strings.Repeat("k", i%100)+fmt.Sprint(i)))
	}
	return w, nil
}

// prove makes the value number n of a node for a key.
func prove(buf []byte, key string, node, n uint64) []byte {
	h := fnv.New64a()
	h.Write([]byte(key))
	word := h.Sum64() ^ node<<48 ^ n
	size := 24 + int(word%200)
	buf = binary.LittleEndian.AppendUint64(buf[:0], node)
	buf = binary.LittleEndian.AppendUint64(buf, n)
	for len(buf) < size {
		word = word*6364136223846793005 + 1442695040888963407
		buf = binary.LittleEndian.AppendUint64(buf, word)
	}
	return buf[:size]
}

func (w *worker) step() error {
	key := w.keys[w.rng.IntN(len(w.keys))]
	if w.rng.IntN(3) == 0 {
		key = w.keys[w.rng.IntN(14)] // of two buckets
	}
	var epoch uint64
	var err error
	switch n := w.rng.IntN(1000); {
	case n < 700:
		return w.read(key, 0, false)
	case n < 960:
		w.count++
		w.value = prove(w.value, key, w.node, w.count)
		ttl := cache.Forever
		if n < 720 {
			ttl = time.Duration(1 + w.rng.IntN(2_000_000))
		}
		epoch, err = w.c.Put(key, w.value, ttl)
	case n < 998:
		epoch, err = w.c.Delete(key)
	default:
		prefix := []string{"same:", "key3:", "key", "too:"}[w.rng.IntN(4)]
		epoch, err = w.c.Reset(prefix)
		key = prefix + "any"
	}
	if err != nil {
		return err
	}
	w.writes++
	return w.read(key, epoch, true)
}

// read reads a key; mine says that this worker has just written it at epoch.
func (w *worker) read(key string, epoch uint64, mine bool) error {
	ok, err := w.c.Read(key, &w.e)
	if err != nil {
		return err
	}
	e := &w.e
	w.reads++
	if e.State == cache.Unknown {
		if mine && w.r.Head(0) <= epoch+hammerOptions.Capacity {
			return fmt.Errorf("%q was written at %d and is unknown, head is %d", key, epoch, w.r.Head(0))
		}
		return nil
	}
	w.known++
	if e.Epoch+1 < w.last[key] || mine && e.Epoch < epoch {
		return fmt.Errorf("%q went back to %d from %d, written at %d", key, e.Epoch, w.last[key]-1, epoch)
	}
	w.last[key] = e.Epoch + 1
	if !ok {
		return nil
	}
	w.hits++
	if len(e.Value) < 24 {
		return fmt.Errorf("%q has a value of %d bytes", key, len(e.Value))
	}
	node, n := binary.LittleEndian.Uint64(e.Value), binary.LittleEndian.Uint64(e.Value[8:])
	w.value = prove(w.value, key, node, n)
	if string(w.value) != string(e.Value) || node != uint64(e.Node) {
		return fmt.Errorf("%q: torn, or another key's: %x, epoch %d, node %d", key, e.Value, e.Epoch, e.Node)
	}
	return nil
}

// hammerRole works until it hears something, and says "ok" now and then.
func hammerRole(p *fleettest.Parent, args []string) error {
	f, c, err := join(args, hammerOptions)
	if err != nil {
		return err
	}
	defer f.Close()
	seed, err := strconv.ParseUint(args[2], 10, 64)
	if err != nil {
		return err
	}
	var stop atomic.Bool
	go func() { p.Hear(); stop.Store(true) }()
	var all sync.WaitGroup
	var failed atomic.Pointer[error]
	workers := make([]*worker, 2)
	for i := range workers {
		if workers[i], err = newWorker(f, c, seed+uint64(i)); err != nil {
			return err
		}
	}
	// The second goroutine of this process gets numbers of its own.
	workers[1].count = 1 << 40
	for i, w := range workers {
		all.Go(func() {
			for n := 1; !stop.Load() && failed.Load() == nil; n++ {
				if err := w.step(); err != nil {
					failed.Store(&err)
				}
				if i == 0 && n%5000 == 0 {
					p.Say("ok")
				}
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	a, b := workers[0], workers[1]
	p.Say("done %d %d %d %d", a.reads+b.reads, a.hits+b.hits, a.known+b.known, a.writes+b.writes)
	return nil
}

func TestHammerNoValueIsTornAnotherKeysOrOlderThanBefore(t *testing.T) {
	duration := 2 * time.Second
	if text := os.Getenv("ORBIT_HAMMER"); text != "" {
		var err error
		duration, err = time.ParseDuration(text)
		must(t, err)
	}
	f := fleettest.Shared(t, fleettest.Name(t), 32, 0)
	c := openCache(t, f, hammerOptions)
	own, err := newWorker(f, c, uint64(time.Now().UnixNano()))
	must(t, err)
	children := make([]*fleettest.Child, 3)
	begin := func(i int) {
		children[i] = fleettest.Start(t, "hammer", f.Name(), fmt.Sprint(1+i), fmt.Sprint(own.rng.Uint64()))
	}
	hear := func(i int) {
		if line := children[i].Hear(); line != "ok" {
			t.Fatal(line)
		}
	}
	for i := range children {
		begin(i)
	}
	kills := 0
	for until := time.Now().Add(duration); time.Now().Before(until); {
		for range 20_000 {
			must(t, own.step())
		}
		i := own.rng.IntN(len(children))
		hear(i)
		children[i].Kill() // at whatever instruction
		kills++
		begin(i)
	}
	sum := []uint64{own.reads, own.hits, own.known, own.writes}
	for i, child := range children {
		hear(i)
		child.Say("stop")
		line := "ok"
		for line == "ok" {
			line = child.Hear()
		}
		var n [4]uint64
		if _, err := fmt.Sscanf(line, "done %d %d %d %d", &n[0], &n[1], &n[2], &n[3]); err != nil {
			t.Fatal(errors.New(line))
		}
		for j := range sum {
			sum[j] += n[j]
		}
		child.Leave()
	}
	t.Logf("%d reads, %d hits, %d known, %d writes by those who lived; %d killed; head %d", sum[0], sum[1], sum[2], sum[3], kills, own.r.Head(0))
	if sum[1] == 0 || kills == 0 || own.r.Head(0) < 100*hammerOptions.Capacity {
		t.Error("nothing was shown")
	}
}
