//go:build !purego && !race

package slotcopy

// Kernel names the copy routines in use.
const Kernel = "neon"

// InPlace says that a slot may be filled by plain stores between Mark and
// Commit, or between the shared topology\'s two CAS.
const InPlace = true
