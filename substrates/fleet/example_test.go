package fleet_test

import (
	"fmt"
	"log"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Quote names the kind of its values.
type Quote struct {
	Price  float64
	Volume int64
}

func (Quote) OrbitKind() uint8 { return 21 }

// Workers of a service would call JoinShared, each in its own process.
func Example() {
	f, err := fleet.Join("desk", fleet.Options{Size: 2})
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()

	quotes, err := fleet.Of[Quote](f)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := quotes.Publish(0, 1, &Quote{Price: 12.5, Volume: 300}); err != nil {
		log.Fatal(err)
	}
	var newest fleet.Item[Quote]
	ok, err := quotes.ReadHead(&newest)
	fmt.Println(newest.ID, newest.Value.Price, ok, err)
	// Output: 21:0:0 12.5 true <nil>
}

func ExampleFleet_Publish() {
	f, err := fleet.Join("desk", fleet.Options{Size: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()

	c, err := f.Cursor(5, ring.Oldest)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	for _, text := range []string{"one", "two"} {
		if _, err := f.Publish(5, 0, 0, []byte(text)); err != nil {
			log.Fatal(err)
		}
	}
	for frame := range c.Frames(10) {
		fmt.Printf("%v %s\n", frame.ID, frame.Payload)
	}
	// Output:
	// 5:0:0 one
	// 5:0:1 two
}

func ExampleFleet_Members() {
	f, err := fleet.Join("desk", fleet.Options{Size: 8})
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	g, err := f.Sibling(fleet.Node(5))
	if err != nil {
		log.Fatal(err)
	}
	defer g.Close()

	members, err := f.Members()
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range members {
		fmt.Println("node", m.Node, "is alive")
	}
	// Output:
	// node 0 is alive
	// node 5 is alive
}
