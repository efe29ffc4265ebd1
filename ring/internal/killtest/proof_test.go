//go:build linux && amd64 && !race

package killtest

import (
	"bytes"
	"fmt"

	"github.com/orbitring/orbit/ring"
)

// A frame proves itself: its version says who wrote it, how long it is and which
// of the writer's frames it is, and op and payload follow from the version.

func versionOf(node uint16, size int, seq uint32) uint64 {
	return uint64(node)<<48 | uint64(size)<<32 | uint64(seq)
}

func sizeOf(version uint64) int { return int(version >> 32 & 0xffff) }

func opOf(version uint64) uint8 { return uint8(mix(version)) }

func payloadOf(version uint64) []byte {
	b := make([]byte, sizeOf(version))
	for i := range b {
		b[i] = byte(mix(version+uint64(i)) >> 8)
	}
	return b
}

func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func messageOf(version uint64) ring.Message {
	return ring.Message{Op: opOf(version), Version: version, Payload: payloadOf(version)}
}

// prove says what about a delivered frame contradicts itself.
func prove(f ring.Frame) error {
	switch want := payloadOf(f.Version); {
	case f.Op != opOf(f.Version), !bytes.Equal(f.Payload, want):
		return fmt.Errorf("torn: frame %v has version %#x, op %d, payload %x; its version wants op %d, payload %x",
			f.ID, f.Version, f.Op, f.Payload, opOf(f.Version), want)
	case f.ID.Node() != uint16(f.Version>>48):
		return fmt.Errorf("torn: frame %v has the version %#x of another node", f.ID, f.Version)
	}
	return nil
}
