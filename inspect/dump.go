package inspect

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// A dump is the image of a segment, exactly as docs/layout.md describes it,
// followed by a trailer: a DumpInfo as JSON, its length as u64, and dumpMagic. A
// plain copy of a segment's file, which has no trailer, can be read as well.
const (
	dumpMagic   = "ORBITDMP"
	dumpTail    = 8 + len(dumpMagic)
	dumpVersion = 1
	maxDumpInfo = 4 << 20 // bytes; 65,536 nodes take less than 512 KiB
)

// ErrDump: not a dump, nor a copy of a segment.
var ErrDump = errors.New("orbit: not a dump")

// DumpInfo is what a dump keeps beside the bytes of its segment.
type DumpInfo struct {
	Version   int           `json:"orbit_dump"`
	Path      string        `json:"path"`
	Fleet     string        `json:"fleet"`
	UID       uint32        `json:"uid"`
	Mode      string        `json:"mode"`
	Taken     time.Time     `json:"taken"`
	HostClock time.Duration `json:"host_clock_ns"` // fleet.Now
	Nodes     []uint16      `json:"nodes"`         // alive
	Members   bool          `json:"members"`
	Torn      int           `json:"torn_slots"` // written at every attempt to copy them; holes in the image
}

func (d DumpInfo) holders() shm.Holders { return shm.Holders{Nodes: d.Nodes, Members: d.Members} }

// Dumped says what Dump wrote.
type Dumped struct {
	Schema  int    `json:"schema"`
	File    string `json:"file"`
	Bytes   int64  `json:"bytes"`
	Segment string `json:"segment"`
	Torn    int    `json:"torn_slots"`
	Nodes   int    `json:"live_nodes"`
}

// Dump writes a live segment to a new file, each slot as it was at one moment.
// It takes the segment's size of memory. A file that exists is not touched.
func (s *Source) Dump(path string) (Dumped, error) {
	if !s.Live() {
		return Dumped{}, fmt.Errorf("%w to dump: %s is a dump already", ErrNothing, Printable(s.entry.Path))
	}
	image, err := ring.NewMemory(s.Identity())
	if err != nil {
		return Dumped{}, err
	}
	h, _, err := s.holders()
	if err != nil {
		return Dumped{}, err
	}
	info := DumpInfo{
		Version: dumpVersion, Path: s.entry.Path, Fleet: s.entry.Fleet, UID: s.entry.UID,
		Mode: fmt.Sprintf("%#o", uint32(s.entry.Mode.Perm())), Nodes: h.Nodes, Members: h.Members,
		Taken: time.Now(), HostClock: s.now(),
	}
	err = s.look(func() (err error) {
		info.Torn, err = ring.CopyImage(image.Bytes(), s.region)
		return err
	})
	if err != nil {
		return Dumped{}, err
	}
	trailer, err := json.Marshal(info)
	if err != nil {
		return Dumped{}, err
	}
	trailer = binary.LittleEndian.AppendUint64(trailer, uint64(len(trailer)))
	trailer = append(trailer, dumpMagic...)
	if err := writeNew(path, image.Bytes(), trailer); err != nil {
		return Dumped{}, err
	}
	return Dumped{
		Schema: Schema, File: path, Bytes: int64(len(image.Bytes()) + len(trailer)),
		Segment: s.entry.Path, Torn: info.Torn, Nodes: len(h.Nodes),
	}, nil
}

// writeNew writes a file that does not exist yet, whole or not at all.
func writeNew(path string, parts ...[]byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if err == nil {
			_, err = f.Write(part)
		}
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// memory is a dump as a ring's region: private, and nobody's to write to.
type memory struct {
	*ring.Memory
	id   layout.Identity
	live map[uint16]bool
}

func (m memory) Identity() layout.Identity       { return m.id }
func (m memory) ReadOnly() bool                  { return true }
func (m memory) Alive(node uint16) (bool, error) { return m.live[node], nil }
func (m memory) TryLock(uint16) (bool, error)    { return false, ring.ErrReadOnly }

// openDump reads a dump, whole: its size is bounded by the file's.
func openDump(e shm.Entry) (*Source, error) {
	f, err := os.Open(e.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is no regular file", ErrDump, Printable(e.Path))
	}
	s, err := readDump(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDump, Printable(e.Path), err)
	}
	s.entry = e
	s.entry.Err, s.entry.Kind, s.entry.Identity = nil, s.Identity().Kind, s.Identity()
	s.entry.Fleet, s.entry.UID, s.entry.Size = s.dump.Fleet, s.dump.UID, int64(s.Identity().Geometry.Size())
	s.entry.Age = max(time.Since(s.Identity().Created), 0)
	return s, nil
}

func readDump(f io.ReaderAt, size int64) (*Source, error) {
	dump, trailer, err := readTrailer(f, size)
	if err != nil {
		return nil, err
	}
	size -= trailer
	header := make([]byte, min(size, layout.IdentitySize))
	if _, err := f.ReadAt(header, 0); err != nil {
		return nil, err
	}
	id, err := layout.Decode(header, uint64(size))
	if err != nil {
		return nil, err
	}
	m, err := ring.NewMemory(id)
	if err != nil {
		return nil, err
	}
	if _, err := f.ReadAt(m.Bytes(), 0); err != nil {
		return nil, err
	}
	live := map[uint16]bool{}
	for _, n := range dump.Nodes {
		live[n] = true
	}
	s := &Source{region: memory{m, id, live}, dump: dump}
	if s.ring, err = ring.Open(s.region); err != nil {
		return nil, err
	}
	return s, nil
}

// readTrailer returns the trailer and its size, or nothing if there is none.
func readTrailer(f io.ReaderAt, size int64) (d DumpInfo, n int64, err error) {
	var tail [dumpTail]byte
	if size < int64(len(tail)) {
		return d, 0, nil
	}
	if _, err := f.ReadAt(tail[:], size-int64(len(tail))); err != nil {
		return d, 0, err
	}
	if string(tail[8:]) != dumpMagic {
		return d, 0, nil
	}
	length := binary.LittleEndian.Uint64(tail[:])
	if length > maxDumpInfo || int64(length) > size-int64(len(tail)) {
		return d, 0, fmt.Errorf("its trailer claims %d bytes", length)
	}
	text := make([]byte, length)
	if _, err := f.ReadAt(text, size-int64(len(tail))-int64(length)); err != nil {
		return d, 0, err
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return d, 0, fmt.Errorf("its trailer: %w", err)
	}
	if d.Version != dumpVersion {
		return d, 0, fmt.Errorf("its trailer has version %d, this build reads %d", d.Version, dumpVersion)
	}
	return d, int64(length) + int64(len(tail)), nil
}

func dirOf(path string) string { return filepath.Dir(path) }
