// Package fleettest helps to test what stands on a fleet: the same test over
// process memory and shared memory, members in child processes that shake hands
// over pipes, and a run that fails when it leaves anything behind. Tests alone
// import it.
package fleettest
