//go:build amd64 || arm64

package ring_test

import (
	"fmt"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// A ring in shared memory: one process publishes, others read.
func Example() {
	name, _ := shm.Name("example-fleet", 7)
	segment, err := shm.Open(name, layout.Identity{Kind: 7, Geometry: layout.Geometry{
		Topology: layout.Lane, Lanes: 4, Capacity: 1024, Payload: 40,
	}}, shm.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := ring.Open(segment) // any process of the fleet may do the same
	if err != nil {
		fmt.Println(err)
		return
	}
	w, _ := r.Writer(0) // node 0, until it closes or its process dies
	c, _ := r.Cursor(ring.Oldest)

	w.Publish(1, 42, []byte("hello"))
	for f := range c.Frames(10) {
		fmt.Printf("%v version %d: %s\n", f.ID, f.Version, f.Payload)
	}
	fmt.Printf("lost: %+v\n", c.Loss())

	c.Close()
	w.Close()
	r.Close()
	shm.Remove(name, shm.Options{})
	// Output:
	// 7:0:0 version 42: hello
	// lost: {Overwritten:0 Unavailable:0 Reset:0}
}

// Loss is a result, not an error: a reader that falls behind is told how many
// frames it missed, and goes on with the oldest that is left.
func ExampleCursor_Poll() {
	r, _ := ring.New(layout.Identity{Kind: 1, Geometry: layout.Geometry{
		Topology: layout.Shared, Capacity: 2, Payload: 8,
	}})
	w, _ := r.Writer(3)
	c, _ := r.Cursor(ring.Oldest)
	for _, s := range []string{"one", "two", "three"} {
		w.Publish(0, 0, []byte(s))
	}
	frames := r.NewFrames(8)
	n, loss, _ := c.Poll(frames)
	for _, f := range frames[:n] {
		fmt.Printf("%s\n", f.Payload)
	}
	fmt.Println("overwritten:", loss.Overwritten)
	// Output:
	// two
	// three
	// overwritten: 1
}

// A reservation lets the publisher fill the slot in place.
func ExampleWriter_Reserve() {
	r, _ := ring.New(layout.Identity{Kind: 1, Geometry: layout.Geometry{
		Topology: layout.Lane, Lanes: 1, Capacity: 64, Payload: 64,
	}})
	w, _ := r.Writer(0)
	slot, _ := w.Reserve(5)
	copy(slot.Payload(), "hello")
	slot.Commit(0, 1)
	f := r.NewFrame()
	ok, _ := r.Newest(0, &f)
	fmt.Println(ok, f.ID, string(f.Payload))
	// Output: true 1:0:0 hello
}
