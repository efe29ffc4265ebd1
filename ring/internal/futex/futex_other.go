//go:build !linux

package futex

import "time"

// Sleep is refused here.
func Sleep(*uint32, uint32, time.Duration) error { return ErrUnsupported }

// SleepTwo is refused here.
func SleepTwo(*uint32, uint32, *uint32, uint32, time.Duration) error { return ErrUnsupported }

// WakeAll does nothing: nobody can sleep.
func WakeAll(*uint32) {}

// WakePrivate does nothing: nobody can sleep.
func WakePrivate(*uint32) {}

// Register is refused here.
func Register() bool { return false }

// Fence is refused here.
func Fence() bool { return false }

func probe(Feature) bool { return false }
