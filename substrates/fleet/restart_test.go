package fleet_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
	"github.com/orbitring/orbit/substrates/heartbeat"
)

func init() { roles["worker"] = worker }

const (
	restartShared = 1 // kinds
	restartLane   = 2
)

// trace is a frame that proves itself.
func trace(node uint16, n uint64) []byte {
	var b [24]byte
	binary.LittleEndian.PutUint64(b[0:], uint64(node))
	binary.LittleEndian.PutUint64(b[8:], n)
	binary.LittleEndian.PutUint64(b[16:], (uint64(node)+n)*0x9e3779b97f4a7c15)
	return b[:]
}

// worker joins the fleet args[0] as node args[1] and publishes into rings of
// both topologies, events and heartbeats until it is killed, while it checks
// what it reads, beginning with what earlier lives left. It says its first id,
// its lane's head, and when it has read frames of all other nodes.
func worker(p *fleettest.Parent, args []string) error {
	node, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	const size = 3
	f, err := fleet.JoinShared(args[0], fleet.Options{Size: size, Node: fleet.Node(node)})
	if err != nil {
		return err
	}
	if err := f.Define(restartLane, fleet.Spec{Topology: fleet.Lane, Capacity: 64}); err != nil {
		return err
	}
	all, err := f.Family(restartShared)
	if err != nil {
		return err
	}
	own, err := f.Family(restartLane)
	if err != nil {
		return err
	}
	bus, err := event.Open(f, event.Options{Capacity: 64})
	if err != nil {
		return err
	}
	hearts, err := heartbeat.Open(f, heartbeat.Options{})
	if err != nil {
		return err
	}
	sub, err := bus.Subscribe(ring.Oldest)
	if err != nil {
		return err
	}
	id, err := f.NextID(restartShared)
	if err != nil {
		return err
	}
	p.Say("%d %d", id.Counter(), own.Ring().Head(node))
	var cursors []*ring.Cursor
	for _, a := range []*fleet.Family{all, own} {
		c, err := a.Cursor(ring.Oldest)
		if err != nil {
			return err
		}
		cursors = append(cursors, c)
	}
	frames := all.Ring().NewFrames(32)
	heard := map[uint16]bool{}
	var e event.Event
	for n := uint64(0); ; n++ {
		for _, a := range []*fleet.Family{all, own} {
			if _, err := a.Publish(0, n, trace(f.Node(), n)); err != nil {
				return err
			}
		}
		if _, err := bus.Publish("trace", trace(f.Node(), n)); err != nil {
			return err
		}
		if _, err := hearts.Beat(fleet.Now(), n); err != nil {
			return err
		}
		for _, c := range cursors {
			k, _, err := c.Poll(frames)
			if err != nil {
				return err
			}
			for _, fr := range frames[:k] {
				if string(fr.Payload) != string(trace(fr.ID.Node(), fr.Version)) {
					return fmt.Errorf("torn frame %v: %x", fr.ID, fr.Payload)
				}
				heard[fr.ID.Node()] = true
			}
		}
		if ok, err := sub.Next(&e); err != nil || ok && string(e.Topic) != "trace" {
			return fmt.Errorf("event %q: %w", e.Topic, err)
		}
		if n == 200 {
			if list, err := f.Members(); err != nil || len(list) > size {
				return fmt.Errorf("members %v: %w", list, err)
			}
		}
		if n >= 200 && len(heard) == size {
			p.Say("in traffic")
			heard[size] = true // say so once
		}
		if n%64 == 0 {
			ctx, stop := context.WithTimeout(context.Background(), time.Millisecond)
			cursors[0].Wait(ctx) // some die parked
			stop()
		}
	}
}

// ORBIT_RESTARTS says how often, for a campaign.
func TestAFleetThatWasKilledInTheMiddleOfTrafficComesBackByItself(t *testing.T) {
	if !fleettest.Shareable() {
		t.Skip("this build cannot share segments")
	}
	times := 10
	if text := os.Getenv("ORBIT_RESTARTS"); text != "" {
		n, err := strconv.Atoi(text)
		must(t, err)
		times = n
	}
	name := fleettest.Name(t)
	var ids, heads [3]uint64
	begun := time.Now()
	for i := range times {
		var workers [3]*fleettest.Child
		for n := range workers {
			workers[n] = fleettest.Start(t, "worker", name, strconv.Itoa(n))
		}
		for n, w := range workers {
			var id, head uint64
			if said := w.Hear(); scan(said, &id, &head) != nil {
				t.Fatalf("restart %d, node %d: %s", i, n, said)
			}
			if i > 0 && (id <= ids[n] || head <= heads[n]) {
				t.Fatalf("restart %d, node %d: id %d after %d, head %d after %d", i, n, id, ids[n], head, heads[n])
			}
			ids[n], heads[n] = id, head
		}
		for n, w := range workers {
			if said := w.Hear(); said != "in traffic" {
				t.Fatalf("restart %d, node %d: %s", i, n, said)
			}
		}
		for k := range workers {
			workers[(k+i)%len(workers)].Kill()
		}
	}
	t.Logf("%d times killed and restarted in %v; ids up to %v, heads up to %v", times, time.Since(begun).Round(time.Millisecond), ids, heads)
}

func scan(said string, a, b *uint64) error {
	_, err := fmt.Sscanf(said, "%d %d", a, b)
	return err
}
