package ring

import "github.com/orbitring/orbit/ring/internal/slotcopy"

// Kernel names the routines that copy frames into and out of slots in this
// process, such as "sse2" or "generic": for records of measurements.
func Kernel() string { return slotcopy.Kernel }
