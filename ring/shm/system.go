//go:build linux || darwin || freebsd

package shm

const systemSupported = true

// system is the choice of means for one operating system.
type system struct {
	draft func(dir string) (*draft, error)                     // a file that nobody can attach yet
	open  func(path string, access int, at inode) (int, error) // what exists
	locks func(fd, access int, at inode) locks                 // who lives
	again func(fd int, access int) (int, error)                // another descriptor of the same file
	shut  bool                                                 // closing any descriptor drops locks
}

// portable needs nothing beyond POSIX. Linux runs the tests over it too.
var portable = &system{
	draft: draftWithName,
	open: func(path string, access int, at inode) (int, error) {
		if fd, ok := reuseDescriptor(access, at); ok {
			return fd, nil
		}
		return openExisting(path, access, at)
	},
	locks: newPOSIXLocks,
	again: func(fd, _ int) (int, error) { return duplicate(fd) },
	shut:  true,
}

// use is native but in tests. (Set here because native's functions refer to it.)
var use *system

func init() { use = native }
