package fleet

import (
	"errors"
	"io/fs"
	"math"

	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// Options say what fleet to join and as whom. All members give the same but for
// Node.
type Options struct {
	// Size is the number of nodes, 1 to 65536: how many members can live at the
	// same time. It cannot be changed while the fleet's segments exist.
	Size int
	// Node is the node to be; the zero value takes the first one that is free.
	Node Choice
	// Dir, Mode and Group are those of shm.Options, for JoinShared: where the
	// segments lie ("" is the default directory) and who may use them (0 is 0600).
	Dir   string
	Mode  fs.FileMode
	Group uint32
	// Modes are those of kinds that have another than Mode. A kind of mode 0640
	// can be published by its owner's processes; others of the group read it.
	// They can join only if Mode itself is 0660.
	Modes map[uint8]fs.FileMode
	// Owner is whose fleet it is; the zero value is this process's own user.
	Owner Owner
}

// Owner is the user that a fleet's segments belong to. The zero value is the
// user of this process; User names another.
type Owner struct {
	uid   uint32
	given bool
}

// User is the user with this id.
func User(uid uint32) Owner { return Owner{uid: uid, given: true} }

// Choice says which node a member wants to be. The zero value is the first free
// one; Node makes the others.
type Choice struct {
	node  int
	given bool
}

// Auto takes the first node that is free.
var Auto Choice

// Node asks for this very node.
func Node(n int) Choice { return Choice{node: n, given: true} }

// check says what is wrong with a join, before anything is touched.
func check(name string, o Options) error {
	// The longest kind and user id there are: a name that is good here is good
	// for every kind and user.
	if _, err := shm.NameOf(name, math.MaxUint8, math.MaxUint32); err != nil {
		if detail, ok := errors.AsType[*shm.NameError](err); ok {
			return &NameError{Name: name, Rule: detail.Rule}
		}
		return err
	}
	if o.Size < 1 || o.Size > layout.MaxNodes {
		return &SizeError{Size: o.Size}
	}
	if n := o.Node; n.given && (n.node < 0 || n.node >= o.Size) {
		return &NodeError{Node: n.node, Size: o.Size}
	}
	return nil
}
