//go:build linux

package hammer

import (
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A book is what one process writes down where its parent finds it even if the
// process is killed in the middle of a line: memory of both, an entry before the
// count that makes it one. One process at a time writes; its next life goes on
// where it was.
type book struct {
	file *os.File // nil in the child
	mem  []byte
}

// entry is one line: in a soak what, lane, position, and node and sequence
// number; in a history begin, end, position and version.
type entry [4]uint64

// What a soak's entry says about a position.
const (
	delivered uint64 = 1 + iota // a reader got this frame there
	final                       // a reader saw that there is and will be none
	committed                   // a writer was told that this frame of its is there
	void                        // a writer was told that nothing of its is there
)

// counter is one of the counts in front of the entries.
type counter int

const (
	entries counter = iota
	verified
	complaints
	newestFrames
	readFrames
	overwritten
	unavailable
	removed
	published
	lostFrames
	abortedFrames
	declaredHoles
	takenOver
	sweptSlots
	crowded // publishes refused because a stopped writer was inside every slot
	resets
	sleeps // waits that had to park
	counters
)

const (
	entrySize   = 8 * len(entry{})
	bookHeader  = 8 * 32
	bookEntries = 1 << 18
	bookSize    = bookHeader + bookEntries*entrySize
	bookFD      = 3 // where a child finds its book
)

func newBook() (*book, error) {
	fd, err := unix.MemfdCreate("book", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	b := &book{file: os.NewFile(uintptr(fd), "book")}
	if err = unix.Ftruncate(fd, int64(bookSize)); err == nil {
		b.mem, err = unix.Mmap(fd, 0, bookSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	}
	if err != nil {
		b.file.Close()
		return nil, err
	}
	return b, nil
}

// openBook maps the book that the parent handed over.
func openBook() (*book, error) {
	mem, err := unix.Mmap(bookFD, 0, bookSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mapping the book: %w", err)
	}
	unix.Close(bookFD)
	return &book{mem: mem}, nil
}

func (b *book) close() {
	unix.Munmap(b.mem)
	b.file.Close()
}

func (b *book) get(c counter) uint64    { return binary.NativeEndian.Uint64(b.mem[8*c:]) }
func (b *book) set(c counter, n uint64) { binary.NativeEndian.PutUint64(b.mem[8*c:], n) }
func (b *book) add(c counter, n uint64) { b.set(c, b.get(c)+n) }

// note writes a line; in a full book it does nothing and returns false.
func (b *book) note(e entry) bool {
	n := b.get(entries)
	if n == bookEntries {
		return false
	}
	b.put(int(n), e)
	b.set(entries, n+1)
	return true
}

func (b *book) put(i int, e entry) {
	line := b.mem[bookHeader+i*entrySize:][:entrySize]
	for k, word := range e {
		binary.NativeEndian.PutUint64(line[8*k:], word)
	}
}

// lines yields what was written down.
func (b *book) lines(yield func(i int, e entry) bool) {
	for i := range int(min(b.get(entries), bookEntries)) {
		line := b.mem[bookHeader+i*entrySize:][:entrySize]
		var e entry
		for k := range e {
			e[k] = binary.NativeEndian.Uint64(line[8*k:])
		}
		if !yield(i, e) {
			return
		}
	}
}

// sampled chooses the positions that are written down, the same for everybody.
func sampled(position uint64) bool { return position*wordStep>>57 == 0 }

// author names a frame beside its position.
func author(node uint16, sequence uint64) uint64 { return uint64(node)<<48 | sequence }
