package bench

import "encoding/binary"

// A message proves itself: every 8-byte word of it follows from who sent it,
// its number, and the word's place, so a word of another message, of another
// place or of another lap of the ring cannot pass.
//
//	word 0   [check:16][producer:8][sequence:40]
//	word j   hash + j·step
//
// hash is a product of producer and sequence, check its top bits. An 8-byte
// message is word 0 alone. A tail shorter than a word carries the low bytes of
// the word it belongs to.
const (
	minPayload = 8
	maxPayload = 1 << 20

	sequenceBits = 40
	sequenceMask = 1<<sequenceBits - 1
	nameBits     = sequenceBits + 8
	nameMask     = 1<<nameBits - 1
)

// Variables, because products of constants must not overflow and these shall
// wrap.
var (
	hashFactor uint64 = 0x9e3779b97f4a7c15 // 2^64 / golden ratio, odd
	step       uint64 = 0xd1342543de82ef95 // odd, so all words of a message differ
)

// seal fills msg, at least 8 bytes, as message seq of a producer.
func seal(msg []byte, producer uint8, seq uint64) {
	name := uint64(producer)<<sequenceBits | seq&sequenceMask
	hash := name * hashFactor
	binary.LittleEndian.PutUint64(msg, name|hash&^nameMask)
	s, w := step, hash+step
	b := msg[8:]
	for len(b) >= 32 {
		binary.LittleEndian.PutUint64(b[0:8], w)
		binary.LittleEndian.PutUint64(b[8:16], w+s)
		binary.LittleEndian.PutUint64(b[16:24], w+2*s)
		binary.LittleEndian.PutUint64(b[24:32], w+3*s)
		w += 4 * s
		b = b[32:]
	}
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, w)
		w += s
		b = b[8:]
	}
	for i := range b {
		b[i] = byte(w >> (8 * i))
	}
}

// unseal reads a message back. ok means that every word is the one that was
// sent; producer and seq mean nothing otherwise.
func unseal(msg []byte) (producer uint8, seq uint64, ok bool) {
	if len(msg) < minPayload {
		return 0, 0, false
	}
	first := binary.LittleEndian.Uint64(msg)
	name := first & nameMask
	hash := name * hashFactor
	wrong := first ^ (name | hash&^nameMask)
	s, w := step, hash+step
	b := msg[8:]
	for len(b) >= 32 {
		wrong |= binary.LittleEndian.Uint64(b[0:8]) ^ w
		wrong |= binary.LittleEndian.Uint64(b[8:16]) ^ (w + s)
		wrong |= binary.LittleEndian.Uint64(b[16:24]) ^ (w + 2*s)
		wrong |= binary.LittleEndian.Uint64(b[24:32]) ^ (w + 3*s)
		w += 4 * s
		b = b[32:]
	}
	for len(b) >= 8 {
		wrong |= binary.LittleEndian.Uint64(b) ^ w
		w += s
		b = b[8:]
	}
	for i := range b {
		wrong |= uint64(b[i] ^ byte(w>>(8*i)))
	}
	return uint8(name >> sequenceBits), name & sequenceMask, wrong == 0
}
