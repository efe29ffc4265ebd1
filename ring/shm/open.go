//go:build linux || darwin || freebsd

package shm

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/orbitring/orbit/ring/layout"
)

// Open attaches to the segment of that name, or creates it with the identity id
// (of which Created, Instance and Minor are set here). Any number of processes
// may call it at the same instant: one creates, and all get the same segment.
// Only the owner that the name states creates. What exists must match id, or
// the error is a *layout.MismatchError with both values; nothing that exists is
// ever changed.
func Open(name string, id layout.Identity, o Options) (*Segment, error) {
	const op = "open"
	n, p, err := target(op, name, o)
	if err != nil {
		return nil, err
	}
	path := p.path(n)
	if id, err = id.Normalize(); err != nil {
		return nil, failed(op, path, err)
	}
	if err := sameKind(n, id); err != nil {
		return nil, failed(op, path, err)
	}
	var full error
	var giveUp time.Time
	for try := range maxTries {
		pause(try)
		s, err := attach(path, n, p, unix.O_RDWR, &id)
		if isNotExist(err) {
			s, err = createOwn(path, n, p, id)
		}
		if errors.Is(err, ErrNoSpace) {
			// A rival for the same name may hold the space, and will have the
			// segment ready in the time that it takes to clear its bytes.
			if full == nil {
				giveUp = time.Now().Add(clearingTime(id.Geometry.Size()))
			}
			if full = err; hopeless(err, p) || time.Now().After(giveUp) {
				break
			}
			continue
		}
		if err != errMoved && err != errTaken {
			return s, failed(op, path, err)
		}
	}
	if full != nil {
		return nil, failed(op, path, full)
	}
	return nil, failed(op, path, &InUseError{Holders{Removing: true}})
}

// clearingTime is generous for memory and enough for a disk's cache: 1 GB/s.
func clearingTime(size uint64) time.Duration {
	return 100*time.Millisecond + time.Duration(min(size, 2<<30))*time.Nanosecond
}

func createOwn(path string, n segmentName, p place, id layout.Identity) (*Segment, error) {
	if euid := os.Geteuid(); uint32(euid) != n.uid {
		return nil, fmt.Errorf("%w, and only its owner may create it: this process runs as uid %d, the name says %d",
			fs.ErrNotExist, euid, n.uid)
	}
	return create(path, p, n.uid, id)
}

// hopeless: the segment would not even fit alone.
func hopeless(err error, p place) bool {
	detail, ok := errors.AsType[*SpaceError](err)
	total, _, err := spaceIn(p.dir)
	return !ok || err != nil || total > 0 && detail.Need > total
}

// target checks what a caller said before anything is touched.
func target(op, name string, o Options) (segmentName, place, error) {
	p, err := o.place(op)
	if err != nil {
		return segmentName{}, place{}, err
	}
	n, err := parseName(name)
	if err != nil {
		return segmentName{}, place{}, failed(op, p.dir, err)
	}
	return n, p, nil
}

func sameKind(n segmentName, id layout.Identity) error {
	if id.Kind == n.kind {
		return nil
	}
	return &layout.MismatchError{Field: "kind", Have: fmt.Sprint(n.kind), Want: fmt.Sprint(id.Kind)}
}

// maxTries bounds how often an operation starts over because others change the
// object under its hands. With the pauses it gives a stopped remover about two
// seconds.
const maxTries = 200

func pause(try int) {
	if try > 0 {
		step("again")
	}
	if try < 3 {
		return // a lost race: the winner is done
	}
	longest := min(100*time.Microsecond<<min(try, 20), 20*time.Millisecond)
	time.Sleep(rand.N(longest) + 1)
}
