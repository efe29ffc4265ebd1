//go:build amd64 && !race && !purego

package contest

// put stores a word of a cell. This processor shows stores to others in their
// order, and all stores before a compare-and-swap before it.
func put(to *uint64, v uint64) { *to = v }
