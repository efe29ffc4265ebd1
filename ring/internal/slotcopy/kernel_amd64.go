//go:build !purego && !race

package slotcopy

// Kernel names the copy routines in use.
const Kernel = "sse2"
