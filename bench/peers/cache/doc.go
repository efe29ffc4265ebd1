// Package cache compares Orbit's cache with an in-process Go cache and with Redis
// over a Unix socket. It is a module of its own, so that users of Orbit do not get
// the others' dependencies:
//
//	cd bench/peers/cache && go test -v -bench .
package cache
