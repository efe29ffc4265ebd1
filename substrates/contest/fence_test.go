package contest_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orbitring/orbit/substrates/contest"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/fleet/fleettest"
)

func TestAFenceAdmitsTokensThatDoNotGoBack(t *testing.T) {
	f, err := contest.NewFence(nil)
	must(t, err)
	for _, c := range []struct {
		token uint64
		pass  bool
	}{{0, false}, {5, true}, {5, true}, {9, true}, {7, false}, {5, false}, {0, false}} {
		err := f.Admit(c.token)
		detail, stale := errors.AsType[*contest.StaleError](err)
		if c.pass != (err == nil) || !c.pass && (!stale || detail.Token != c.token || !errors.Is(err, contest.ErrStale)) {
			t.Errorf("token %d: %v", c.token, err)
		}
	}
	if f.High() != 9 {
		t.Errorf("high-water %d", f.High())
	}
}

func TestAFenceRestoredAt42Refuses41(t *testing.T) {
	path := contest.File(filepath.Join(t.TempDir(), "high-water"))
	before, err := contest.NewFence(path)
	must(t, err)
	must(t, before.Admit(42))
	f, err := contest.NewFence(path)
	must(t, err)
	if err := f.Admit(41); !errors.Is(err, contest.ErrStale) {
		t.Errorf("41: %v", err)
	}
	must(t, f.Admit(42))
	if f.High() != 42 {
		t.Errorf("high-water %d", f.High())
	}
}

func TestASupersededHoldersTokenIsRefusedByTheFence(t *testing.T) {
	fleettest.Each(t, 2, func(t *testing.T, f *fleet.Fleet) {
		a, b, c := two(t, f, contest.Options{})
		fence, err := contest.NewFence(contest.File(filepath.Join(t.TempDir(), "fence")))
		must(t, err)
		old := wins(t, a, subject, "worker:1", 5*ms)
		must(t, fence.Admit(old.Token))
		c.set(1010)
		next := wins(t, b, subject, "worker:2", 5*ms)
		must(t, fence.Admit(old.Token)) // the fence has not heard of the next yet
		must(t, fence.Admit(next.Token))
		if err := fence.Admit(old.Token); !errors.Is(err, contest.ErrStale) {
			t.Errorf("the old token: %v", err)
		}
	})
}

func TestATokenThatCouldNotBeStoredDoesNotPass(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	must(t, os.Mkdir(dir, 0o700))
	f, err := contest.NewFence(contest.File(filepath.Join(dir, "fence")))
	must(t, err)
	must(t, f.Admit(1))
	must(t, os.RemoveAll(dir))
	if err := f.Admit(2); err == nil || errors.Is(err, contest.ErrStale) {
		t.Errorf("got: %v", err)
	}
	must(t, f.Admit(1))
	if f.High() != 1 {
		t.Errorf("high-water %d", f.High())
	}
}

func TestAFileThatHoldsNoNumberIsRefusedAndLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fence")
	for _, text := range []string{"", "42", "forty-two\n", "-1\n", "42\n43\n", "18446744073709551616\n"} {
		must(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := contest.NewFence(contest.File(path))
		if !errors.Is(err, contest.ErrStore) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", text, err)
		}
		if left, err := os.ReadFile(path); err != nil || string(left) != text {
			t.Errorf("%q became %q (%v)", text, left, err)
		}
	}
}

func TestSavingLeavesOneFile(t *testing.T) {
	dir := t.TempDir()
	store := contest.File(filepath.Join(dir, "fence"))
	for n := range uint64(5) {
		must(t, store.Save(n))
		if got, err := store.Load(); err != nil || got != n {
			t.Errorf("saved %d, loaded %d (%v)", n, got, err)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("%v in the folder (%v)", left, err)
	}
}

func TestAFenceServesManyGoroutines(t *testing.T) {
	f, err := contest.NewFence(contest.File(filepath.Join(t.TempDir(), "fence")))
	must(t, err)
	var all sync.WaitGroup
	for g := range uint64(4) {
		all.Go(func() {
			last := uint64(0)
			for i := range uint64(20) {
				token := 1 + i*4 + g
				if err := f.Admit(token); err != nil && !errors.Is(err, contest.ErrStale) {
					t.Error(err)
				}
				if high := f.High(); high < token && high < last {
					t.Errorf("high-water %d after %d", high, last)
				} else {
					last = high
				}
			}
		})
	}
	all.Wait()
	if f.High() != 80 {
		t.Errorf("high-water %d", f.High())
	}
}

// memory is a Store for tests.
type memory struct {
	mu    sync.Mutex
	n     uint64
	saves int
	err   error
}

func (m *memory) Load() (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.n, m.err
}

func (m *memory) Save(n uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.n = n
	m.saves++
	return m.err
}

func wallClockAt(t *testing.T, at time.Time) {
	t.Helper()
	undo := contest.SetWallClock(func() time.Time { return at })
	t.Cleanup(undo)
}
