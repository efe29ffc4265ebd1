//go:build linux

package hammer

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/orbitring/orbit/ring/layout"
)

// soundBooks are what two writers and two readers of a shared ring may write
// down.
func soundBooks() [][]entry {
	a, b := author(0, 1<<countBits+5), author(1, 1<<countBits+9)
	return [][]entry{
		{{committed, 0, 10, a}, {void, 0, 13, author(0, 1<<countBits+6)}},
		{{committed, 0, 11, b}, {void, 0, 14, 0}},
		{{delivered, 0, 10, a}, {delivered, 0, 11, b}, {final, 0, 12, 0}, {final, 0, 13, 0}},
		{{delivered, 0, 11, b}, {final, 0, 14, 0}},
	}
}

func compared(t *testing.T, books [][]entry) *comparison {
	t.Helper()
	c := newComparison(true)
	for seat, lines := range books {
		b, err := newBook()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range lines {
			b.note(e)
		}
		c.read(seat, b)
		b.close()
	}
	return c
}

func TestTheSoakComplainsAboutBooksThatContradictEachOther(t *testing.T) {
	sound := compared(t, soundBooks())
	if len(sound.contradictions) > 0 || sound.samples != 4 {
		t.Fatalf("sound books: %d positions in two books or more, want 4; %q", sound.samples, sound.contradictions)
	}
	another := author(1, 1<<countBits+77)
	for name, spoil := range map[string]func(books [][]entry){
		"two frames at one position":                func(b [][]entry) { b[3][0][3] = another },
		"a frame delivered that was not committed":  func(b [][]entry) { b[2][0][3] = another },
		"a frame at two positions":                  func(b [][]entry) { b[3][0][2] = 20 },
		"a hole where a frame was delivered":        func(b [][]entry) { b[3][1][2] = 10 },
		"a hole where a frame was committed":        func(b [][]entry) { b[0][0][2] = 12; b[2][0][2] = 30; b[2][0][3] = another },
		"a lapped writer's frame surfaces":          func(b [][]entry) { b[3][0] = entry{delivered, 0, 13, author(0, 1<<countBits+6)} },
		"an aborted frame surfaces":                 func(b [][]entry) { b[3][0] = entry{delivered, 0, 14, another} },
		"two writers at one position":               func(b [][]entry) { b[1][1] = entry{void, 0, 13, another} },
		"two writers committed at one position":     func(b [][]entry) { b[1][0] = entry{committed, 0, 10, another} },
		"a writer committed what another gave up":   func(b [][]entry) { b[1][1][2] = 10 },
		"a hole seen before the frame is delivered": func(b [][]entry) { b[2], b[3] = []entry{{final, 0, 11, 0}}, b[2] },
	} {
		t.Run(name, func(t *testing.T) {
			books := soundBooks()
			spoil(books)
			if c := compared(t, books); len(c.contradictions) == 0 {
				t.Error("no complaint")
			}
		})
	}
}

func TestTheSoakComplainsWhenItSawNothing(t *testing.T) {
	full := func() soakSum {
		s := soakSum{kills: 2, readerKills: 1, stoppedKills: 1, stops: 1, laps: 1, samples: 1, histories: 1}
		for c := range s.counts {
			s.counts[c] = 1
		}
		s.counts[sweptSlots] = 0
		return s
	}
	s := full()
	if missing := s.lacks(); len(missing) > 0 {
		t.Fatalf("complains about %v", missing)
	}
	for what, empty := range map[string]func(s *soakSum){
		"kills":         func(s *soakSum) { s.kills, s.readerKills = 0, 0 },
		"writers":       func(s *soakSum) { s.kills = 1 },
		"of readers":    func(s *soakSum) { s.readerKills = 0 },
		"of stopped":    func(s *soakSum) { s.stoppedKills = 0 },
		"stops":         func(s *soakSum) { s.stops = 0 },
		"laps":          func(s *soakSum) { s.laps = 0 },
		"verified":      func(s *soakSum) { s.counts[verified] = 0 },
		"overwritten":   func(s *soakSum) { s.counts[overwritten] = 0 },
		"unavailable":   func(s *soakSum) { s.counts[unavailable] = 0 },
		"newest":        func(s *soakSum) { s.counts[newestFrames] = 0 },
		"by id":         func(s *soakSum) { s.counts[readFrames] = 0 },
		"waits":         func(s *soakSum) { s.counts[sleeps] = 0 },
		"by their":      func(s *soakSum) { s.counts[lostFrames] = 0 },
		"holes":         func(s *soakSum) { s.counts[declaredHoles] = 0 },
		"dead writers":  func(s *soakSum) { s.counts[takenOver] = 0 },
		"between books": func(s *soakSum) { s.samples = 0 },
		"histories":     func(s *soakSum) { s.undecided = 1 },
	} {
		s := full()
		empty(&s)
		if missing := strings.Join(s.lacks(), "\n"); !strings.Contains(missing, what) {
			t.Errorf("without %s it complains about %q", what, missing)
		}
	}
}

func TestTheSameSeedDrawsTheSamePlans(t *testing.T) {
	for n := range 20 {
		a, b := drawPlan(7, n, time.Second), drawPlan(7, n, time.Second)
		g, h := drawHistory(7, n), drawHistory(7, n)
		if !reflect.DeepEqual(a, b) || g != h {
			t.Errorf("round %d: %v and %v, %v and %v", n, a, b, g, h)
		}
	}
}

// writes builds a history of one writer and one reader from lines of who, begin,
// end and position.
func writes(calls ...[4]uint64) []porcupine.Operation {
	var all []porcupine.Operation
	for _, c := range calls {
		all = append(all, porcupine.Operation{ClientId: int(c[0]), Input: c[0] < 2, Call: int64(c[1]), Return: int64(c[2]),
			Output: call{begin: c[1], end: c[2], position: c[3], version: c[3] * 10}})
	}
	return all
}

func TestTheModelsOfAHistoryTellSoundOnesFromBrokenOnes(t *testing.T) {
	const w, other, r = 0, 1, 2
	for _, h := range []struct {
		name  string
		model porcupine.Model
		calls [][4]uint64
		sound bool
	}{
		{"a reader follows", newestModel, [][4]uint64{{w, 1, 2, 0}, {r, 3, 4, 0}, {w, 5, 6, 1}, {r, 7, 8, 1}}, true},
		{"a reader beside the publish", newestModel, [][4]uint64{{w, 1, 2, 0}, {w, 3, 10, 1}, {r, 4, 5, 0}, {r, 6, 7, 1}}, true},
		{"a reader is behind", newestModel, [][4]uint64{{w, 1, 2, 0}, {w, 3, 4, 1}, {r, 5, 6, 0}}, false},
		{"a reader goes back", newestModel, [][4]uint64{{w, 1, 2, 0}, {w, 3, 10, 1}, {r, 4, 5, 1}, {r, 6, 7, 0}}, false},
		{"nothing while there is something", newestModel, [][4]uint64{{w, 1, 2, 0}, {r, 3, 4, nowhere}}, false},
		{"a reader is ahead", newestModel, [][4]uint64{{r, 1, 2, 0}, {w, 3, 4, 0}}, false},
		{"positions in order", claimModel, [][4]uint64{{w, 1, 2, 0}, {other, 3, 4, 5}, {w, 3, 6, 1}}, true},
		{"a later publish gets an earlier position", claimModel, [][4]uint64{{w, 1, 2, 5}, {other, 3, 4, 1}}, false},
		{"a position twice", claimModel, [][4]uint64{{w, 1, 3, 5}, {other, 2, 4, 5}}, false},
	} {
		if got := porcupine.CheckOperations(h.model, writes(h.calls...)); got != h.sound {
			t.Errorf("%s: linearizable %v, want %v", h.name, got, h.sound)
		}
	}
}

func TestAKilledCallCountsOnlyIfSomebodySawIt(t *testing.T) {
	lines := func(style string, calls ...call) *seat {
		b, err := newBook()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.close)
		for _, c := range calls {
			b.note(c.entry())
		}
		return &seat{style: style, book: b}
	}
	seats := []*seat{
		lines("", call{1, 0, 10, 2}, call{3, unknown, 11, 0}, call{5, unknown, 12, 0}, call{6, lapped + 4, 13, 7}),
		lines("newest", call{4, 1, 11, 5}, call{8, nowhere, 0, 9}, call{8, unknown, 0, 0}),
	}
	h := history{topology: layout.Shared, capacity: 4}
	newest, claims := h.operations(seats)
	if len(newest) != 3 || len(claims) != 3 {
		t.Errorf("%d calls of publish and newest, %d of claims, want 3 and 3:\n%v\n%v", len(newest), len(claims), newest, claims)
	}
	h.capacity = 64
	if newest, _ = h.operations(seats); len(newest) != 4 {
		t.Errorf("in a ring too large to be all in flight, nothing counts as an answer: %v", newest)
	}
}
