// Package metrics shares measurements among the members of a fleet: each
// publishes samples of a type under keys, and everybody reads the newest of a
// node, of a key, or of all that are fresh.
//
//	latency, err := metrics.Open[Latency](f, metrics.Options{})
//	…
//	latency.Publish(fleet.Now(), checkout, &Latency{P50: 80, P99: 900})
//	…
//	worst, ok, err := latency.ByKey(checkout)
//
// A sample is a Go type of fixed size without pointers that names its kind
// ([fleet.Kinder]); a key is a number that the fleet has agreed on: an endpoint,
// a queue, a shard. Every node has a lane of its own, so that a chatty node
// cannot push out what a quiet one measured. Within a lane a chatty key can push
// out a quiet one: choose the capacity for the keys of a node.
//
// Here lives this one idea. The package stands on fleet and knows no other
// substrate; programs enter, and so may anyone above.
package metrics
