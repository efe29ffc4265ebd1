//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package shm

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/ring/layout"
)

// picture is all of an object that somebody could have changed.
type picture struct {
	inode       inode
	mode        uint32
	uid, gid    uint32
	size        int64
	mtime       int64
	ctime       int64
	links, hash uint64
	target      string
}

func snapshot(t *testing.T, path string) picture {
	t.Helper()
	var st unix.Stat_t
	must(t, lstat(path, &st))
	p := picture{inode: inodeOf(&st), mode: uint32(st.Mode), uid: st.Uid, gid: st.Gid, size: st.Size,
		mtime: st.Mtim.Nano(), ctime: st.Ctim.Nano(), links: uint64(st.Nlink)}
	if st.Mode&unix.S_IFMT == unix.S_IFREG {
		all, err := os.ReadFile(path)
		must(t, err)
		h := fnv.New64a()
		h.Write(all)
		p.hash = h.Sum64()
	}
	p.target, _ = os.Readlink(path)
	return p
}

func ways(e *setting, kind uint8) map[string]func() (*Segment, error) {
	name := e.name(kind)
	return map[string]func() (*Segment, error){
		"open":    func() (*Segment, error) { return Open(name, small(kind), e.o) },
		"attach":  func() (*Segment, error) { return Attach(name, e.o) },
		"observe": func() (*Segment, error) { return Observe(name, e.o) },
	}
}

func image(t *testing.T, e *setting) []byte {
	t.Helper()
	s, err := Unnamed(small(7), e.o)
	must(t, err)
	defer s.Close()
	return bytes.Clone(s.Bytes())
}

func TestASquattedNameIsAClearErrorAndStaysAsItIs(t *testing.T) {
	write := func(change func([]byte) []byte) func(*testing.T, *setting, string) {
		return func(t *testing.T, e *setting, path string) {
			must(t, os.WriteFile(path, change(image(t, e)), 0o600))
		}
	}
	whole := write(func(b []byte) []byte { return b })
	cases := map[string]struct {
		squat     func(*testing.T, *setting, string)
		want      error
		says      string
		removable bool
	}{
		"another owner": {func(t *testing.T, e *setting, path string) {
			if os.Geteuid() != 0 {
				t.Skip("NOT TESTED: only root can give a file away")
			}
			whole(t, e, path)
			must(t, os.Chown(path, 4711, 0))
		}, ErrNotOurs, "owner is uid 4711, want uid 0", false},
		"a wider mode": {func(t *testing.T, e *setting, path string) {
			whole(t, e, path)
			must(t, os.Chmod(path, 0o666))
		}, ErrNotOurs, "mode is 0666, want 0600", true},
		"a set-uid mode": {func(t *testing.T, e *setting, path string) {
			whole(t, e, path)
			must(t, os.Chmod(path, 0o600|fs.ModeSetuid))
		}, ErrNotOurs, "mode is 04600, want 0600", true},
		"a symbolic link": {func(t *testing.T, e *setting, path string) {
			whole(t, e, filepath.Join(t.TempDir(), "target"))
			must(t, os.Symlink(filepath.Join(t.TempDir(), "target"), path))
		}, ErrNotOurs, "type is a symbolic link, want a regular file", false},
		"a dangling link": {func(t *testing.T, e *setting, path string) {
			must(t, os.Symlink("/nowhere/at/all", path))
		}, ErrNotOurs, "type is a symbolic link", false},
		"a directory": {func(t *testing.T, e *setting, path string) {
			must(t, os.Mkdir(path, 0o600))
		}, ErrNotOurs, "type is a directory", false},
		"a fifo": {func(t *testing.T, e *setting, path string) {
			must(t, unix.Mkfifo(path, 0o600))
		}, ErrNotOurs, "type is a fifo", false},
		"a socket": {func(t *testing.T, e *setting, path string) {
			fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
			must(t, err)
			defer unix.Close(fd)
			must(t, unix.Bind(fd, &unix.SockaddrUnix{Name: path}))
		}, ErrNotOurs, "type is a socket", false},
		"an empty file":     {write(func(b []byte) []byte { return nil }), layout.ErrForeign, "0 bytes", true},
		"half a header":     {write(func(b []byte) []byte { return b[:100] }), layout.ErrForeign, "100 bytes", true},
		"a header alone":    {write(func(b []byte) []byte { return b[:layout.HeaderSize] }), layout.ErrCorrupt, "512 bytes", true},
		"a truncated file":  {write(func(b []byte) []byte { return b[:len(b)-1] }), layout.ErrCorrupt, fmt.Sprint(small(7).Geometry.Size()), true},
		"too large a file":  {write(func(b []byte) []byte { return append(b, 0) }), layout.ErrCorrupt, fmt.Sprint(small(7).Geometry.Size() + 1), true},
		"a file of zeros":   {write(func(b []byte) []byte { clear(b); return b }), layout.ErrForeign, "magic", true},
		"another layout":    {write(func(b []byte) []byte { b[layout.MajorOffset]++; return b }), layout.ErrForeign, "layout major", true},
		"a flipped bit":     {write(func(b []byte) []byte { b[layout.CapacityOffset] ^= 1; return b }), layout.ErrCorrupt, "checksum", true},
		"a file of noise":   {write(func(b []byte) []byte { return noise(b) }), layout.ErrForeign, "magic", true},
		"noise after magic": {write(func(b []byte) []byte { noise(b[12:]); return b }), layout.ErrCorrupt, "checksum", true},
	}
	everywhere(t, func(t *testing.T, e *setting) {
		for what, c := range cases {
			t.Run(what, func(t *testing.T) {
				path := e.path(7)
				c.squat(t, e, path)
				defer os.Remove(path)
				before := snapshot(t, path)
				for way, open := range ways(e, 7) {
					s, err := open()
					if s != nil {
						t.Fatalf("%s succeeded", way)
					}
					mustBe(t, err, c.want)
					mustSay(t, err, way, path, c.says, "nothing was changed")
				}
				list, err := List(e.o, e.fleet)
				must(t, err)
				if len(list) != 1 || list[0].Path != path || list[0].Err == nil {
					t.Fatalf("listed as %+v", list)
				}
				if c.want != ErrNotOurs || list[0].Mode.Type() != 0 {
					mustBe(t, list[0].Err, c.want)
				}
				if after := snapshot(t, path); after != before {
					t.Fatalf("changed from %+v to %+v", before, after)
				}
				switch err := Remove(e.name(7), e.o); {
				case c.removable:
					must(t, err)
				default:
					mustBe(t, err, ErrNotOurs)
					if after := snapshot(t, path); after != before {
						t.Fatalf("changed from %+v to %+v", before, after)
					}
				}
			})
		}
	})
}

func noise(b []byte) []byte {
	x := uint64(88172645463325252)
	for i := range b {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b[i] = byte(x)
	}
	return b
}

func TestNoHeaderWithAWrongByteIsAccepted(t *testing.T) {
	everywhere(t, func(t *testing.T, e *setting) {
		good := image(t, e)
		for i := range layout.IdentitySize {
			bad := bytes.Clone(good)
			bad[i] ^= 0x41
			must(t, os.WriteFile(e.path(7), bad, 0o600))
			s, err := Attach(e.name(7), e.o)
			if err == nil {
				s.Close()
				t.Fatalf("byte %d was not missed", i)
			}
		}
	})
}
