package shm

import (
	"errors"
	"io/fs"

	"github.com/orbitring/orbit/ring/layout"
)

// failed completes an error with what was done to which path and what to do
// now. nil stays nil.
func failed(op, path string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Path: path, Err: err, Remedy: remedy(op, err)}
}

func remedy(op string, err error) string {
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case is(ErrNoSpace):
		return boxed(err) + "choose a smaller capacity, payload or number of lanes, remove segments that nobody uses, " +
			"or enlarge the file system; containers get a /dev/shm of 64 MiB unless told otherwise: " +
			"docker run --shm-size=1g, or in a pod an emptyDir with medium Memory, mounted at /dev/shm or named as " +
			"the directory; also look at the memory limit of the control group and at ulimit -f"
	case is(ErrTruncated):
		return "somebody with write access cut it short: end its members, remove it and let them create it anew"
	case is(ErrInUse) && op == "remove":
		return "end these processes first, their locks end with them"
	case is(ErrInUse):
		return "find out why the remover is stopped, then try again"
	case is(ErrNotOurs):
		return "nothing was changed; have its owner remove it, or use another fleet name, directory or Options.Mode"
	case is(layout.ErrMismatch):
		return "nothing was changed; ask for what the segment has (Attach takes it from the header), " +
			"or remove it when no process uses it any more"
	case is(layout.ErrForeign), is(layout.ErrCorrupt):
		return "nothing was changed; remove it if no process uses it, or use another fleet name or directory"
	case is(ErrClosed):
		return "open it again"
	case is(ErrReadOnly):
		return "use Open or Attach to become a member"
	case is(ErrName):
		return "make names with Name or NameOf"
	case is(fs.ErrNotExist) && op == "open":
		return "the directory must exist, and the owner that the name states must come first"
	case is(fs.ErrNotExist) && op == "hand over":
		return "mount /proc"
	case is(fs.ErrNotExist):
		return "nobody has created it, or it was removed"
	case is(fs.ErrPermission) && (op == "open" || op == "attach"):
		if _, ok := errors.AsType[*GroupError](err); ok {
			return "a segment can be given to a group that its creator belongs to"
		}
		return "check the owner and mode of the object, and of the directory; where the mode lets this user only read, use Observe"
	case is(fs.ErrPermission):
		return "check the owner and mode of the object, and of the directory"
	}
	if _, ok := errors.AsType[*lockError](err); ok {
		return "use a directory whose file system has record locks"
	}
	return ""
}

// boxed says so when the file system is exactly as large as the /dev/shm that
// containers get by default.
func boxed(err error) string {
	if detail, ok := errors.AsType[*SpaceError](err); ok && detail.Total == 64<<20 {
		return "this file system has exactly the 64 MiB of a container that nobody gave more; "
	}
	return ""
}
