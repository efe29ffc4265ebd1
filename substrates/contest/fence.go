package contest

import "sync"

// Fence stands before a resource that the holders of leases work on, and turns
// away those whose lease is over: it admits a token unless it has admitted a
// larger one. The subject's holders send their tokens along with what they ask
// for. One Fence serves one subject, and any number of goroutines of the process
// that has the resource; no two may use one Store.
type Fence struct {
	mu    sync.Mutex
	high  uint64
	store Store
}

// NewFence makes a fence that goes on from the number in the store, and keeps its
// own there; nil keeps it in memory alone. Errors are those of Store.Load.
func NewFence(store Store) (*Fence, error) {
	f := &Fence{store: store}
	if store == nil {
		return f, nil
	}
	var err error
	if f.high, err = store.Load(); err != nil {
		return nil, err
	}
	return f, nil
}

// Admit returns nil if the token may pass. A larger one than all before is stored
// first, so that no restart forgets it; if that fails it does not pass, and the
// error is that of Store.Save. ErrStale: a larger one has passed, or the token is
// 0, which is nobody's.
func (f *Fence) Admit(token uint64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case token < f.high || token == 0:
		return &StaleError{Token: token, High: f.high}
	case token == f.high:
		return nil
	}
	if f.store != nil {
		if err := f.store.Save(token); err != nil {
			return err
		}
	}
	f.high = token
	return nil
}

// High returns the largest token that was admitted, 0 if none was.
func (f *Fence) High() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.high
}
