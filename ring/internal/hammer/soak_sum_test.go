//go:build linux

package hammer

import (
	"fmt"
	"strings"
)

// soakSum is what was seen, in a round or in all.
type soakSum struct {
	rounds                                  int
	kills, readerKills, stoppedKills, stops uint64
	counts                                  [counters]uint64
	laps, samples                           uint64
	histories, operations                   uint64
	undecided                               uint64 // histories that were too hard to check
	violations                              uint64
	notes                                   []string
}

func (s *soakSum) count(b *book) {
	for c := verified; c < counters; c++ {
		s.counts[c] += b.get(c)
	}
	s.violations += b.get(complaints)
}

func (s *soakSum) blame(format string, a ...any) {
	if s.violations++; len(s.notes) < 20 {
		s.notes = append(s.notes, fmt.Sprintf(format, a...))
	}
}

func (s *soakSum) text() string { return strings.Join(s.notes, "\n") }

func (s *soakSum) add(t soakSum) {
	s.rounds++
	s.kills += t.kills
	s.readerKills += t.readerKills
	s.stoppedKills += t.stoppedKills
	s.stops += t.stops
	for c := range s.counts {
		s.counts[c] += t.counts[c]
	}
	s.laps += t.laps
	s.samples += t.samples
	s.histories += t.histories
	s.operations += t.operations
	s.undecided += t.undecided
	s.violations += t.violations
}

func (s *soakSum) String() string {
	c := func(k counter) uint64 { return s.counts[k] }
	return fmt.Sprintf("%d frames verified, %d kills (%d of readers, %d of stopped processes), %d stops, %d violations; "+
		"overwritten %d, unavailable %d, reset away %d (%d resets), newest %d, read by id %d, waits %d; "+
		"published %d, lost %d, aborted %d, holes declared %d, slots taken over %d, swept %d, refused as all stopped %d, laps %d; "+
		"%d positions compared between books; %d histories of %d operations linearizable, %d undecided",
		c(verified), s.kills, s.readerKills, s.stoppedKills, s.stops, s.violations,
		c(overwritten), c(unavailable), c(removed), c(resets), c(newestFrames), c(readFrames), c(sleeps),
		c(published), c(lostFrames), c(abortedFrames), c(declaredHoles), c(takenOver), c(sweptSlots), c(crowded), s.laps,
		s.samples, s.histories-s.undecided, s.operations, s.undecided)
}

// lacks says what a soak was built to see and did not.
func (s *soakSum) lacks() (missing []string) {
	for _, x := range []struct {
		n    uint64
		what string
	}{
		{s.counts[verified], "frames verified"},
		{s.kills - min(s.kills, s.readerKills), "kills of writers"},
		{s.readerKills, "kills of readers"},
		{s.stoppedKills, "kills of stopped processes"},
		{s.stops, "stops"},
		{s.laps, "laps"},
		{s.counts[overwritten], "frames overwritten before they were read"},
		{s.counts[unavailable], "positions unavailable"},
		{s.counts[newestFrames], "newest frames"},
		{s.counts[readFrames], "frames read by id"},
		{s.counts[sleeps], "waits"},
		{s.counts[published], "frames published"},
		{s.counts[lostFrames], "frames lost by their writer"},
		{s.counts[declaredHoles], "declared holes"},
		{s.counts[takenOver] + s.counts[sweptSlots], "slots of dead writers put in order"},
		{s.samples, "positions compared between books"},
		{s.histories - s.undecided, "histories checked"},
	} {
		if x.n == 0 {
			missing = append(missing, "zero "+x.what)
		}
	}
	return missing
}
