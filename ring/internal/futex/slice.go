package futex

import "time"

// Slice bounds one sleep of a parked reader: a publisher may die between commit
// and wake. Tests make it longer than they run, so that a lost wake-up shows.
// It is set before the first sleep of a process, or not at all.
var Slice = 100 * time.Millisecond
