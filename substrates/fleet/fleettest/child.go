package fleettest

import (
	"os/exec"
	"testing"

	"github.com/orbitring/orbit/internal/proctest"
)

// Members in child processes are those of package proctest.
type (
	Role   = proctest.Role
	Parent = proctest.Parent
	Child  = proctest.Child
)

// Main runs the tests of a package and exits; in a child that Start made it
// plays the role. The run fails if it leaves a child, a segment or a descriptor
// behind.
func Main(m *testing.M, roles map[string]Role) {
	proctest.Main(m, roles, "/dev/shm/orbit-"+run+"-*")
}

// Start makes a child that plays one of Main's roles.
func Start(t testing.TB, role string, args ...string) *Child {
	t.Helper()
	return proctest.Start(t, role, args...)
}

// StartWith is Start with a last change to the command: another user, other
// namespaces.
func StartWith(t testing.TB, change func(*exec.Cmd), role string, args ...string) *Child {
	t.Helper()
	return proctest.StartChanged(t, change, role, args...)
}
