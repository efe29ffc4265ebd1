package inspect

import (
	"errors"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Source is a ring to look at: a live segment, mapped read-only, or a dump. One
// goroutine at a time may use it. It keeps its memory until Close.
type Source struct {
	entry   shm.Entry
	segment *shm.Segment // nil: a dump
	region  ring.Region
	ring    *ring.Ring
	dump    DumpInfo
}

// Open opens what an entry of Find is about.
func Open(e shm.Entry) (*Source, error) {
	if errors.Is(e.Err, errDump) {
		return openDump(e)
	}
	if e.Err != nil {
		return nil, e.Err
	}
	segment, err := shm.Observe(e.Name, shm.Options{Dir: dirOf(e.Path), Mode: e.Mode.Perm()})
	if err != nil {
		return nil, err
	}
	s := &Source{entry: e, segment: segment, region: segment}
	if s.ring, err = ring.Open(segment); err != nil {
		return nil, errors.Join(err, segment.Close())
	}
	return s, nil
}

// Close ends it.
func (s *Source) Close() error {
	err := s.ring.Close()
	if s.segment != nil { // a reader that a truncation ended has left the ring open
		err = errors.Join(err, s.segment.Close())
	}
	return err
}

// Live tells whether the source is a live segment and no dump.
func (s *Source) Live() bool { return s.segment != nil }

// Identity returns the ring's.
func (s *Source) Identity() layout.Identity { return s.ring.Identity() }

// look runs what reads the ring's memory.
func (s *Source) look(read func() error) error {
	if s.segment == nil {
		return read()
	}
	return s.segment.Guarded(read)
}

// holders returns who is alive, or was when the dump was made. known is false
// for a dump that does not say.
func (s *Source) holders() (h shm.Holders, known bool, err error) {
	if s.segment == nil {
		return s.dump.holders(), s.dump.Version != 0, nil
	}
	h, err = s.segment.Holders()
	return h, err == nil, err
}

// now returns the host's clock as heartbeats carry it, or as it was when the
// dump was made; 0 if nobody knows.
func (s *Source) now() time.Duration {
	if s.segment == nil {
		return s.dump.HostClock
	}
	return fleet.Now()
}
