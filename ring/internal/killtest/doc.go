// Package killtest kills, stops and laps a real writer of a ring after every
// instruction of its operations, and a creator of segments too. It holds tests
// only; package killpoint does the stepping.
package killtest
