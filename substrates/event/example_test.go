package event_test

import (
	"fmt"
	"log"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Workers of a service would call JoinShared, each in its own process.
func Example() {
	f, err := fleet.Join("shop", fleet.Options{Size: 2})
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	bus, err := event.Open(f, event.Options{})
	if err != nil {
		log.Fatal(err)
	}
	sub, err := bus.Subscribe(ring.Now)
	if err != nil {
		log.Fatal(err)
	}
	defer sub.Close()

	for _, order := range []string{"17", "18"} {
		if _, err := bus.Publish("orders", []byte(order)); err != nil {
			log.Fatal(err)
		}
	}
	for e := range sub.Events(100) {
		fmt.Printf("%v %s %s\n", e.ID, e.Topic, e.Payload)
	}
	fmt.Println("lost", sub.Loss().Total())
	// Output:
	// 220:0:0 orders 17
	// 220:0:1 orders 18
	// lost 0
}

func ExampleSubscriber_PollTopic() {
	f, err := fleet.Join("shop", fleet.Options{Size: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	bus, err := event.Open(f, event.Options{})
	if err != nil {
		log.Fatal(err)
	}
	sub, err := bus.Subscribe(ring.Oldest)
	if err != nil {
		log.Fatal(err)
	}
	defer sub.Close()

	for _, topic := range []string{"orders", "stock", "orders"} {
		if _, err := bus.Publish(topic, []byte("changed")); err != nil {
			log.Fatal(err)
		}
	}
	events := make([]event.Event, 16)
	n, lag, err := sub.PollTopic("stock", events)
	for _, e := range events[:n] {
		fmt.Printf("%v %s %s\n", e.ID, e.Topic, e.Payload)
	}
	fmt.Println("lost", lag.Total(), err)
	// Output:
	// 220:0:1 stock changed
	// lost 0 <nil>
}
