package fleet

import (
	"sync/atomic"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
)

// SetNextID moves a counter of NextID on.
func SetNextID(f *Fleet, kind uint8, n uint64) { atomic.StoreUint64(&f.ids[kind], n) }

// AfterLapped goes on as Publish does when its frame was lapped.
func AfterLapped(a *Family, payload []byte) (netid64.ID, error) {
	return a.again(0, 0, payload, nil, &ring.LappedError{Lost: 1})
}
