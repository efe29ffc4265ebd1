package killpoint

import (
	"errors"
	"fmt"
	"os"
	"strconv"
)

// ErrUnsupported: this system or build cannot step processes.
var ErrUnsupported = errors.New("killpoint: processes can be stepped on linux/amd64 only")

// ErrRefused: the kernel does not let a process trace its own child, as under
// some seccomp profiles.
var ErrRefused = errors.New("killpoint: this system refuses ptrace, so nothing can be stepped (containers need CAP_SYS_PTRACE or a profile that allows it)")

// Role sets a child up and returns the operation to step. It runs in a process
// of one thread: it must not wait for another goroutine that needs one.
type Role func(in Inherited) (Act, error)

// Inherited is what the test handed over at Start.
type Inherited struct {
	Args  string
	Files []*os.File // the child's own copies
}

// Act is what a child does.
type Act struct {
	// Run is the operation. It is stepped, so it prepares nothing and keeps its
	// results in variables.
	Run func()
	// Report returns the results, for JSON. It runs freely after Run. May be nil.
	Report func() any
	// Again is something to do after that, when the test asks for it. May be nil.
	Again func() any
}

var roles = map[string]Role{}

// Register makes a role known under a name. Call it before Main.
func Register(name string, r Role) {
	if _, taken := roles[name]; taken {
		panic("killpoint: two roles with the name " + name)
	}
	roles[name] = r
}

const (
	roleEnv = "ORBIT_KILLPOINT_ROLE"
	argsEnv = "ORBIT_KILLPOINT_ARGS"
	fileEnv = "ORBIT_KILLPOINT_FILES" // how many are inherited
)

// Main turns the process into a child's template if it was started as one, and
// then never returns. Otherwise it does nothing.
func Main() {
	name, ok := os.LookupEnv(roleEnv)
	if !ok {
		return
	}
	role := roles[name]
	if role == nil {
		fmt.Fprintf(os.Stderr, "killpoint: no role %q is registered in this binary\n", name)
		os.Exit(2)
	}
	files, err := strconv.Atoi(os.Getenv(fileEnv))
	if err == nil {
		err = serve(role, os.Getenv(argsEnv), files)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "killpoint: template:", err)
		os.Exit(2)
	}
	os.Exit(0)
}
