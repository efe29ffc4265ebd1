package bench

import "runtime"

// objects is how many heap objects this process has made, exactly, in runs over
// rings. Elsewhere it is 0: reading it stops the world, and a thread of an
// in-process transport that waits in a loop of its own does not stop.
func (r *run) objects() uint64 {
	if !r.spec.Transport.IsRing() {
		return 0
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}
