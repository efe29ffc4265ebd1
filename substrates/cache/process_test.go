package cache_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

// join joins the fleet args[0] of size 32 as node args[1].
func join(args []string, o cache.Options) (*fleet.Fleet, *cache.Cache, error) {
	node, err := strconv.Atoi(args[1])
	if err != nil {
		return nil, nil, err
	}
	f, err := fleet.JoinShared(args[0], fleet.Options{Size: 32, Node: fleet.Node(node)})
	if err != nil {
		return nil, nil, err
	}
	c, err := cache.Open(f, o)
	return f, c, err
}

// member does what it is told: put KEY VALUE, short KEY VALUE (1 ms), delete KEY,
// reset PREFIX, get KEY.
func member(p *fleettest.Parent, args []string) error {
	f, c, err := join(args, cache.Options{Capacity: 64})
	if err != nil {
		return err
	}
	defer f.Close()
	for line, ok := p.Hear(); ok; line, ok = p.Hear() {
		words := append(strings.Fields(line), "", "")
		var epoch uint64
		switch words[0] {
		case "put":
			epoch, err = c.Put(words[1], []byte(words[2]), cache.Forever)
		case "short":
			epoch, err = c.Put(words[1], []byte(words[2]), time.Millisecond)
		case "delete":
			epoch, err = c.Delete(words[1])
		case "reset":
			epoch, err = c.Reset(words[1])
		case "get":
			var e cache.Entry
			if _, err := c.Read(words[1], &e); err != nil {
				return err
			}
			p.Say("%s", describe(&e))
			continue
		}
		if err != nil {
			return err
		}
		p.Say("%d", epoch)
	}
	return nil
}

func describe(e *cache.Entry) string {
	return fmt.Sprintf("%v %q of node %d, epoch %d", e.State, e.Value, e.Node, e.Epoch)
}

func TestWhatOneProcessPutsAnotherGets(t *testing.T) {
	f := fleettest.Shared(t, fleettest.Name(t), 32, 0)
	c := openCache(t, f, cache.Options{Capacity: 64})
	put(t, c, "a", "1")
	child := fleettest.Start(t, "member", f.Name(), "3") // joins late
	child.Say("get a")
	child.Expect(`present "1" of node 0, epoch 0`)
	child.Say("put a 2")
	child.Expect("1")
	has(t, c, "a", "2", 1)
	late := fleettest.Start(t, "member", f.Name(), "4")
	late.Say("get a")
	late.Expect(`present "2" of node 3, epoch 1`)
	late.Say("delete a")
	late.Expect("2")
	lacks(t, c, "a", cache.Deleted, 2)
	child.Say("get a")
	child.Expect(`deleted "" of node 4, epoch 2`)
	put(t, c, "p:x", "x")
	child.Say("reset p:")
	child.Expect("4")
	lacks(t, c, "p:x", cache.WasReset, 4)
	late.Say("get p:x")
	late.Expect(`reset "" of node 3, epoch 4`)
	child.Say("short b 1")
	child.Expect("5")
	var e cache.Entry
	for ok := true; ok; {
		var err error
		ok, err = c.Read("b", &e)
		must(t, err)
	}
	lacks(t, c, "b", cache.Expired, 5)
	late.Say("get b")
	late.Expect(`expired "" of node 3, epoch 5`)
	child.Kill()
	has(t, c, "a", "3", put(t, c, "a", "3"))
	late.Say("get a")
	late.Expect(`present "3" of node 0, epoch 6`)
	late.Leave()
}

// idle opens the cache and stays.
func idle(p *fleettest.Parent, args []string) error {
	capacity, err := strconv.ParseUint(args[2], 10, 64)
	if err != nil {
		return err
	}
	f, _, err := join(args, cache.Options{Capacity: capacity, Size: 96})
	if err != nil {
		return err
	}
	defer f.Close()
	p.Say("ready")
	p.Stay()
	return nil
}
