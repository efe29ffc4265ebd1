// Package fleet makes sibling processes a fleet: a named set of members that
// share rings. It is where application code begins.
//
//	f, err := fleet.JoinShared("shop", fleet.Options{Size: 4})
//	if err != nil { … }
//	defer f.Close()
//
// Here live membership, node numbers, the table from kinds to rings, and typed
// values on top of it. Packages ring and shm do the work; the other substrates
// stand on this one and none on each other.
//
// # Members and nodes
//
// A fleet of size n has the nodes 0 to n-1, and one live member for each. A
// member is a *Fleet: usually one in a process. It holds its node number by a
// kernel lock, so a member that left and a member that was killed look the same
// to its siblings, at once; and a node number is free again the moment that its
// holder is gone. Who lives is never a matter of process ids or timeouts.
//
// A fleet of [Join] lives in process memory and only there; more members of it
// come from [Fleet.Sibling]. A fleet of [JoinShared] lives in shared memory:
// whoever joins the same name with the same options is a member. Both behave
// alike.
//
// # Kinds
//
// A kind, 1 to 191, is a family of values and has a ring of its own, which is
// opened when it is first used. What the ring looks like is its [Spec]; all
// members must agree on it, and one that does not is refused with both values.
// The kinds from 192 up belong to Orbit's substrates.
//
// A Go type can name its kind ([Kinder]); then [Of] publishes and reads values
// of this type. Only types of fixed size without pointers can be shared. Two
// types on one kind, or one type whose fields have changed, are refused.
//
// # Who may join
//
// A fleet of JoinShared belongs to a user, whose processes alone create its
// segments and, unless Options.Mode says otherwise, alone may use them. Mode
// 0660 lets a group join ([Options.Owner] says whose fleet they mean), and
// Options.Modes make kinds that the group may only read, or not even that. Who
// may only read a kind gets its ring read-only: publishing is refused with
// ring.ErrReadOnly.
//
// # Who may call what
//
// A [Fleet], a [Family] and a [Typed] serve any number of goroutines, but none
// of their methods may run while [Fleet.Close] does: it unmaps what they read.
// A node has one writer in a ring, so publishing through them takes a lock of
// this process around it. [Family.Writer] hands that writer to one goroutine
// alone, without the lock. A cursor belongs to one goroutine, too.
package fleet
