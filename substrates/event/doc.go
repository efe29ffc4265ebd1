// Package event is the bus of a fleet: whoever publishes an event under a topic
// reaches every subscriber in every member, all in one order.
//
//	bus, err := event.Open(f, event.Options{})
//	…
//	bus.Publish("orders", []byte("paid 17"))
//
//	sub, err := bus.Subscribe(ring.Now)
//	…
//	for sub.Wait(ctx) == nil {
//		for e := range sub.Events(100) {
//			fmt.Printf("%s: %s\n", e.Topic, e.Payload)
//		}
//	}
//
// All topics share one ring, kind 220, so that events have one total order and
// one id each. Nothing is kept for a subscriber: it has a cursor of its own into
// the ring, costs the publishers nothing, and one that falls behind by more than
// the ring holds is told how many events it lost and why. It may look for one
// topic alone, and then passes the others without handing them out.
//
// An event is a frame: the topic's bytes and then the payload's, the topic's
// length in the frame's op, and in its version a digest of the topic by which
// readers pass the others.
//
// Here lives this one idea. The package stands on fleet and knows no other
// substrate; programs enter, and so may anyone above.
package event
