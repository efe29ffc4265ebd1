//go:build linux || darwin || freebsd

package shm

import (
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/ring/layout"
)

// inode is what tells two files apart, whatever their names.
type inode struct{ dev, ino uint64 }

// object is an open file that may be a segment, with its lock handle. Its
// descriptor is closed through locks only.
type object struct {
	locks
	fd   int
	at   inode
	size int64
	via  *system
}

// rules are what an object under a name must satisfy.
type rules struct {
	uid   uint32
	mode  uint32 // 0: any
	group uint32 // 0: any
}

// rules are what an object of this place must satisfy.
func (p place) rules(uid uint32) rules { return rules{uid: uid, mode: p.mode, group: p.group} }

// openObject opens what lies under path, if it is what the rules say. It is
// looked at before: opening a fifo or a device is noticed by others, and the
// owner of a foreign file deserves a better answer than "permission denied". The
// second look, at the open file, is the one that counts. access is O_RDONLY or
// O_RDWR.
func openObject(path string, access int, r rules) (*object, error) {
	var st unix.Stat_t
	if err := lstat(path, &st); err != nil {
		return nil, err
	}
	if err := r.check(&st); err != nil {
		return nil, err
	}
	fd, err := use.open(path, access, inodeOf(&st))
	switch {
	case err == unix.ELOOP || err == unix.EMLINK: // a link since the first look
		return nil, wrongType("a symbolic link")
	case err != nil:
		return nil, os.NewSyscallError("open", err)
	}
	o, err := newObject(fd, access, use)
	if err != nil {
		return nil, err
	}
	if err := o.recheck(r); err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

// newObject takes the descriptor over, also when it fails.
func newObject(fd, access int, via *system) (*object, error) {
	var st unix.Stat_t
	if err := fstat(fd, &st); err != nil {
		closeDescriptor(fd)
		return nil, err
	}
	at := inodeOf(&st)
	return &object{locks: via.locks(fd, access, at), fd: fd, at: at, size: st.Size, via: via}, nil
}

func (o *object) recheck(r rules) error {
	var st unix.Stat_t
	if err := fstat(o.fd, &st); err != nil {
		return err
	}
	o.size = st.Size
	return r.check(&st)
}

// named tells whether path leads to this very file, and not through a link.
func (o *object) named(path string) (bool, error) {
	var st unix.Stat_t
	err := lstat(path, &st)
	if isNotExist(err) {
		return false, nil
	}
	return err == nil && inodeOf(&st) == o.at, err
}

// identity reads the header into private memory, since others may change the
// file during the check, and checks it against the size the kernel reports.
func (o *object) identity() (layout.Identity, error) {
	var header [layout.IdentitySize]byte
	n, err := io.ReadFull(io.NewSectionReader(descriptor(o.fd), 0, o.size), header[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return layout.Identity{}, os.NewSyscallError("pread", err)
	}
	return layout.Decode(header[:n], uint64(o.size))
}

func (r rules) check(st *unix.Stat_t) error {
	if kind := uint32(st.Mode) & unix.S_IFMT; kind != unix.S_IFREG {
		return wrongType(typeName(kind))
	}
	if st.Uid != r.uid {
		return &ObjectError{Field: "owner", Have: fmt.Sprintf("uid %d", st.Uid), Want: fmt.Sprintf("uid %d", r.uid)}
	}
	if r.group != 0 && st.Gid != r.group {
		return &ObjectError{Field: "group", Have: fmt.Sprintf("gid %d", st.Gid), Want: fmt.Sprintf("gid %d", r.group)}
	}
	if mode := uint32(st.Mode) & 0o7777; r.mode != 0 && mode != r.mode {
		return &ObjectError{Field: "mode", Have: fmt.Sprintf("%#o", mode), Want: fmt.Sprintf("%#o", r.mode)}
	}
	return nil
}

func wrongType(have string) error {
	return &ObjectError{Field: "type", Have: have, Want: "a regular file"}
}

func typeName(kind uint32) string {
	switch kind {
	case unix.S_IFLNK:
		return "a symbolic link"
	case unix.S_IFDIR:
		return "a directory"
	case unix.S_IFIFO:
		return "a fifo"
	case unix.S_IFSOCK:
		return "a socket"
	case unix.S_IFCHR, unix.S_IFBLK:
		return "a device"
	}
	return fmt.Sprintf("of unknown type %#o", kind)
}

func fileMode(st *unix.Stat_t) fs.FileMode {
	mode := fs.FileMode(st.Mode & 0o777)
	for bit, m := range map[uint32]fs.FileMode{unix.S_ISUID: fs.ModeSetuid, unix.S_ISGID: fs.ModeSetgid, unix.S_ISVTX: fs.ModeSticky} {
		if uint32(st.Mode)&bit != 0 {
			mode |= m
		}
	}
	switch uint32(st.Mode) & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFLNK:
		mode |= fs.ModeSymlink
	case unix.S_IFDIR:
		mode |= fs.ModeDir
	case unix.S_IFIFO:
		mode |= fs.ModeNamedPipe
	case unix.S_IFSOCK:
		mode |= fs.ModeSocket
	case unix.S_IFCHR:
		mode |= fs.ModeDevice | fs.ModeCharDevice
	case unix.S_IFBLK:
		mode |= fs.ModeDevice
	default:
		mode |= fs.ModeIrregular
	}
	return mode
}
