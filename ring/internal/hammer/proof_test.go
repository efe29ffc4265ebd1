//go:build linux

package hammer

import (
	"encoding/binary"
	"strconv"

	"github.com/orbitring/orbit/ring"
)

// A hammered frame proves itself. Its version is the writer's own sequence
// number and 16 bits of proof, its op is 8 bits of proof, and every word of the
// payload follows from the node, the sequence number, the length and the word's
// index. The sequence number is the life of the writer, then a count.
const (
	countBits = 36
	countMask = 1<<countBits - 1
	proofBits = 16
	wordStep  = 0x9e3779b97f4a7c15
)

func proof(node uint16, sequence uint64, length int) uint64 {
	x := sequence*wordStep + uint64(node)*0xd6e8feb86659fd93 + uint64(length)*0xa24baed4963ee407
	x = (x ^ x>>32) * 0xd6e8feb86659fd93
	return x ^ x>>29
}

// compose fills the payload of a frame and returns its op and version.
func compose(payload []byte, node uint16, sequence uint64) (op uint8, version uint64) {
	k := proof(node, sequence, len(payload))
	word := k
	for ; len(payload) >= 8; payload = payload[8:] {
		word += wordStep
		binary.LittleEndian.PutUint64(payload, word)
	}
	for i := range payload {
		payload[i] = byte((word + wordStep) >> (8 * i))
	}
	return uint8(k >> 40), sequence<<proofBits | k>>(64-proofBits)
}

// proves returns the sequence number of a frame and what contradicts it, or "".
func proves(f *ring.Frame) (sequence uint64, complaint string) {
	sequence = f.Version >> proofBits
	k := proof(f.ID.Node(), sequence, len(f.Payload))
	switch {
	case f.ID.Kind() != testKind:
		return sequence, "kind"
	case f.Version&(1<<proofBits-1) != k>>(64-proofBits):
		return sequence, "version"
	case f.Op != uint8(k>>40):
		return sequence, "op"
	}
	word, b := k, f.Payload
	for ; len(b) >= 8; b = b[8:] {
		word += wordStep
		if binary.LittleEndian.Uint64(b) != word {
			return sequence, "payload word " + strconv.Itoa((len(f.Payload)-len(b))/8)
		}
	}
	for i := range b {
		if b[i] != byte((word+wordStep)>>(8*i)) {
			return sequence, "payload tail"
		}
	}
	return sequence, ""
}

// lengths is what payload lengths are drawn from; those that a ring cannot
// carry are left out.
func lengths(limit int) []int {
	var fit []int
	for _, l := range []struct{ length, share int }{
		{0, 1}, {8, 22}, {32, 12}, {40, 14}, {41, 5}, {64, 5}, {200, 3}, {1000, 2},
	} {
		if l.length <= limit {
			for range l.share {
				fit = append(fit, l.length)
			}
		}
	}
	return fit
}
