package ring

// Closed says that Close was called: what a substrate must know before it reads
// its area behind the slots, which may be gone then. It costs one load.
func (r *Ring) Closed() bool { return r.isClosed() }
