package bench

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

const (
	hashFactor = 0x9e3779b97f4a7c15 // 2^64 / golden ratio, odd
	step       = 0xd1342543de82ef95 // odd, so all words of a message differ
	twoSteps   = 2 * step & (1<<64 - 1)
	threeSteps = 3 * step & (1<<64 - 1)
)

// nameOf is what word 0 of a message carries beside its check.
func nameOf(producer uint8, seq uint64) uint64 {
	return uint64(producer)<<sequenceBits | seq&sequenceMask
}

// seal fills msg, at least 8 bytes, as message seq of a producer.
func seal(msg []byte, producer uint8, seq uint64) {
	words := wordsOf(msg)
	w := sealWords(words, nameOf(producer, seq))
	for i := len(words) * 8; i < len(msg); i++ {
		msg[i] = byte(w)
		w >>= 8
	}
}

// sealWords is seal for the whole words of a message; it returns the word that
// would come next.
func sealWords(words []uint64, name uint64) uint64 {
	w := name * hashFactor
	words[0] = name | w&^nameMask
	w += step
	rest := words[1:]
	for len(rest) >= 3 {
		rest[0], rest[1], rest[2] = w, w+step, w+twoSteps
		w += threeSteps
		rest = rest[3:]
	}
	for i := range rest {
		rest[i] = w
		w += step
	}
	return w
}

// unseal reads a message back. ok means that every word is the one that was
// sent; producer and seq mean nothing otherwise.
func unseal(msg []byte) (producer uint8, seq uint64, ok bool) {
	if len(msg) < minPayload {
		return 0, 0, false
	}
	words := wordsOf(msg)
	name := words[0] & nameMask
	hash := name * hashFactor
	wrong := words[0] ^ (name | hash&^nameMask)
	s, w := uint64(step), hash+step
	rest := words[1:]
	for len(rest) >= 4 {
		wrong |= (rest[0] ^ w) | (rest[1] ^ (w + s)) | (rest[2] ^ (w + 2*s)) | (rest[3] ^ (w + 3*s))
		w += 4 * s
		rest = rest[4:]
	}
	for _, got := range rest {
		wrong |= got ^ w
		w += s
	}
	for i := len(words) * 8; i < len(msg); i++ {
		wrong |= uint64(msg[i] ^ byte(w))
		w >>= 8
	}
	return uint8(name >> sequenceBits), name & sequenceMask, wrong == 0
}
