// Package heartbeat tells the members of a fleet how its nodes are doing: each
// beats now and then, with a number that says how loaded it is, and whoever
// wants to know takes a snapshot: the newest beat of every node, which nodes
// are stale, and which never beat at all.
//
//	hearts, err := heartbeat.Open(f, heartbeat.Options{})
//	…
//	go hearts.Run(ctx, time.Second, load)
//	…
//	s, err := hearts.Snapshot(fleet.Now(), 3*time.Second)
//
// Every node has a lane of its own in the ring, kind 221, so that a chatty node
// cannot push a quiet one out, and nobody ever waits for anybody.
//
// A beat says that its process was doing its work, which a kernel lock cannot
// say: a member that hangs is alive to fleet.Members and stale here. A node that
// left is stale here, too; fleet.Members knows that it is gone.
//
// Here lives this one idea. The package stands on fleet and knows no other
// substrate; programs enter, and so may anyone above.
package heartbeat
