package bench

import (
	"bytes"
	"testing"
)

func TestMessageSaysWhoSentItAndWhich(t *testing.T) {
	for size := minPayload; size < 100; size++ {
		for _, seq := range []uint64{0, 1, 12345, sequenceMask} {
			msg := make([]byte, size)
			seal(msg, 7, seq)
			producer, got, ok := unseal(msg)
			if !ok || producer != 7 || got != seq {
				t.Fatalf("%d bytes: producer %d, sequence %d, ok %v", size, producer, got, ok)
			}
		}
	}
}

func TestEveryFlippedBitIsFound(t *testing.T) {
	for _, size := range []int{8, 9, 32, 61, 256} {
		for _, seq := range []uint64{0, 1, 1000, 1 << 30} {
			msg := make([]byte, size)
			seal(msg, 1, seq)
			for bit := range 8 * size {
				msg[bit/8] ^= 1 << (bit % 8)
				if _, _, ok := unseal(msg); ok {
					t.Fatalf("%d bytes, sequence %d: bit %d flipped and not found", size, seq, bit)
				}
				msg[bit/8] ^= 1 << (bit % 8)
			}
		}
	}
}

func TestTornMessageIsFound(t *testing.T) {
	for _, size := range []int{16, 32, 40, 256, 1024} {
		older, newer := make([]byte, size), make([]byte, size)
		seal(older, 0, 5)
		seal(newer, 0, 5+1024)
		for at := 8; at < size; at += 8 {
			torn := append(bytes.Clone(newer[:at]), older[at:]...)
			if _, _, ok := unseal(torn); ok {
				t.Fatalf("%d bytes torn at %d and not found", size, at)
			}
		}
	}
}

func TestShortMessageIsNotBelieved(t *testing.T) {
	if _, _, ok := unseal(make([]byte, minPayload-1)); ok {
		t.Fatal("a message shorter than its sequence word passed")
	}
}
