// Package bridge carries what a fleet says to fleets on other hosts, over NATS.
// Orbit itself stays on one host; what must travel, travels by an engine that
// exists and is trusted.
//
//	b, err := bridge.Open(bridge.Config{
//		Host: "a", Fleet: "shop", Size: 64,
//		Remote: bridge.Nodes{First: 32, Count: 32},
//		Export: bridge.Export{Topics: []string{"orders", "stock.*"}},
//		Import: []bridge.Import{{Host: "b", Nodes: bridge.Nodes{First: 33, Count: 16}}},
//		URL:    "nats://127.0.0.1:4222",
//	})
//	…
//	defer b.Close()
//	err = b.Run(ctx)
//
// A bridge is a member of the fleet, usually a process of its own (cmd/orbitbridge).
// It reads with cursors, as every member does, so nothing that the network does
// can slow a publisher down: while the network is slow or away the bridge does
// not read, the ring is the buffer, and what the writers overwrite meanwhile is
// a gap that is reported. Nothing leaves the host that the configuration does
// not name, and nothing enters that it does not name.
//
// # What travels
//
//   - Events of the topics that are named. Each arrives at most once, in the
//     order of its origin, and whatever is missing is said: see Gap.
//   - Deletes and resets of the cache, and small puts where they are asked for,
//     by the same rules.
//   - The latest value of every node, of the kinds that are named. Only the
//     newest counts; values in between may be left out.
//   - Claims that hold across hosts: see Claims. They need JetStream.
//
// # Positions
//
// Every message says which positions of the origin's ring it covers, from
// inclusive to exclusive. All that a message means follows from comparing them
// with the next position that the importer expects:
//
//	from = next    the records are new
//	from < next    what lies below next is a duplicate and is dropped
//	from > next    positions are missing: a Gap, then the records
//
// So it does not matter why a message comes twice or not at all: a server that
// restarted, a partition, an exporter that was killed and reads its ring again
// from the oldest frame. An exporter that lost its connection goes back to the
// last position that the server is known to have taken. A ring that was made
// anew has another instance number, and that is a Gap as well.
//
// An importer writes down what it is about to publish, in a ring of the fleet
// itself, before it does. If it is killed in between, its next life counts the
// frames that it finds under its own nodes and goes on behind them.
//
// # At most once, or catching up
//
// Over core NATS a message that was on its way when a connection broke may be
// lost: the Gap says so. With Config.Stream the messages are kept by JetStream:
// the exporter asks the stream where it ended and goes on from there, under an
// expected sequence number, so that none is stored twice or out of order, and
// the importer catches up after a disconnect. Then a Gap remains only where the
// origin's ring was overwritten before the bridge could read it, or where the
// stream's limits removed messages.
//
// # Nodes
//
// Frames of other hosts are published under node numbers of a range that the
// fleet declares for this (Config.Remote); its members must join with numbers
// outside of it. Node n of an origin becomes node Import.Nodes.First + n. So the
// ids of imported frames are unique, a reader sees by the node that an event
// came from elsewhere, and exporters pass by everything in the range: what was
// imported never leaves again, so nothing can go in circles. Bridges of more
// than two hosts form a full mesh, each exporting its own fleet alone.
//
// # Who lives here
//
// A module of its own, so that the library does not depend on NATS. It stands on
// the substrates and nothing stands on it but its command and its examples.
package bridge
