//go:build !amd64 || race || purego

package contest

import "sync/atomic"

// put stores a word of a cell, after every earlier store: a reader that sees it
// must find that the cell has left the row it was read from.
func put(to *uint64, v uint64) { atomic.StoreUint64(to, v) }
