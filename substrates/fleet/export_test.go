package fleet

import "sync/atomic"

// SetNextID moves a counter of NextID on.
func SetNextID(f *Fleet, kind uint8, n uint64) { atomic.StoreUint64(&f.ids[kind], n) }
