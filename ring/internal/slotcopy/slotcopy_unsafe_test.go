package slotcopy

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/orbitring/orbit/ring/layout"
)

// routines is what a kernel must do; every kernel of this build is listed.
type routines struct {
	name    string
	exact   bool // writes not one byte behind the payload
	publish func(slot unsafe.Pointer, mark, version, meta uint64, src unsafe.Pointer, n uintptr, head *uint64, next uint64)
	fill    func(slot unsafe.Pointer, version, meta uint64, src unsafe.Pointer, n uintptr)
	read    func(slot unsafe.Pointer, want uint64, dst unsafe.Pointer, limit uintptr) (word, version, meta uint64, ok bool)
}

func kernels() []routines {
	ks := []routines{{"generic", false, publishGeneric, fillGeneric, readGeneric}}
	if Kernel != "generic" {
		ks = append(ks, routines{Kernel, true, Publish, Fill, Read})
	}
	return ks
}

// alignedSlot returns n bytes that start on a cache line.
func alignedSlot(n int) []byte {
	b := make([]byte, n+layout.LineSize)
	off := -uintptr(unsafe.Pointer(&b[0])) & (layout.LineSize - 1)
	return b[off:][:n:n]
}

func pointer(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

const canary = 0xA5

func TestEveryKernelRoundTripsEverySizeAndAlignmentAndTouchesNothingElse(t *testing.T) {
	const maxPayload = 400
	stride := int(layout.MinStride(maxPayload))
	rng := rand.New(rand.NewPCG(1, 2))
	src := make([]byte, maxPayload+64)
	for i := range src {
		src[i] = byte(rng.Uint32())
	}
	mark := uint64(layout.MakeWord(9, layout.Writing, 77))
	committed := layout.MakeWord(9, layout.Committed, 77)
	for _, w := range kernels() {
		for _, r := range kernels() {
			t.Run(w.name+"-"+r.name, func(t *testing.T) {
				for n := 0; n <= maxPayload; n++ {
					align := n % 64
					if n < 80 {
						align = int(rng.Uint32() % 64)
					}
					slot := alignedSlot(stride + 64)
					for i := range slot {
						slot[i] = canary
					}
					payload := src[align:][:n]
					meta := uint64(n) | 200<<32
					var head uint64
					w.publish(pointer(slot), mark, 1<<63|5, meta, pointer(payload), uintptr(n), &head, 12)
					if head != 12 {
						t.Fatalf("size %d: head is %d, want 12", n, head)
					}
					end := layout.SlotHeaderSize + n
					if !w.exact {
						end = (end + 7) &^ 7
					}
					for i, b := range slot[end:] {
						if b != canary {
							t.Fatalf("size %d: wrote byte %d behind the payload", n, i)
						}
					}
					out := bytes.Repeat([]byte{canary}, maxPayload+128)
					dst := out[align:]
					word, version, gotMeta, ok := r.read(pointer(slot), uint64(committed.NoNode()), pointer(dst), maxPayload)
					if !ok || word != uint64(committed) || version != 1<<63|5 || gotMeta != meta {
						t.Fatalf("size %d: read gave word %#x version %#x meta %#x ok %v", n, word, version, gotMeta, ok)
					}
					if !bytes.Equal(dst[:n], payload) {
						t.Fatalf("size %d: payload differs", n)
					}
					for i, b := range out[:align] {
						if b != canary {
							t.Fatalf("size %d: read wrote byte %d before the buffer", n, i)
						}
					}
					for i, b := range dst[n:] {
						if b != canary {
							t.Fatalf("size %d: read wrote byte %d behind the payload", n, i)
						}
					}
				}
			})
		}
	}
}

func TestReadClampsTheLengthToTheLimit(t *testing.T) {
	for _, k := range kernels() {
		for _, limit := range []int{0, 1, 7, 8, 15, 16, 33, 64, 65, 100, 128} {
			t.Run(fmt.Sprint(k.name, " ", limit), func(t *testing.T) {
				slot := alignedSlot(256)
				word := layout.MakeWord(1, layout.Committed, 3)
				*(*uint64)(pointer(slot)) = uint64(word)
				*(*uint64)(unsafe.Add(pointer(slot), layout.LengthOffset)) = 0xffffffff
				dst := bytes.Repeat([]byte{canary}, 256)
				_, _, meta, ok := k.read(pointer(slot), uint64(word.NoNode()), pointer(dst), uintptr(limit))
				if !ok || uint32(meta) != 0xffffffff {
					t.Fatalf("meta %#x ok %v", meta, ok)
				}
				for i, b := range dst[limit:] {
					if b != canary {
						t.Fatalf("wrote byte %d behind the limit", i)
					}
				}
			})
		}
	}
}

func TestReadRefusesAnotherLapOrState(t *testing.T) {
	want := uint64(layout.MakeWord(4, layout.Committed, 0))
	for _, k := range kernels() {
		for _, word := range []layout.Word{
			0,
			layout.MakeWord(3, layout.Committed, 1),
			layout.MakeWord(5, layout.Committed, 1),
			layout.MakeWord(4, layout.Writing, 1),
			layout.MakeWord(4, layout.Hole, 1),
			layout.MakeWord(4, layout.Stalled, 1),
		} {
			slot := alignedSlot(64)
			*(*uint64)(pointer(slot)) = uint64(word)
			var dst [64]byte
			got, _, _, ok := k.read(pointer(slot), want, pointer(dst[:]), 40)
			if ok || got != uint64(word) {
				t.Errorf("%s: word %#x: got %#x ok %v", k.name, word, got, ok)
			}
		}
	}
}

func TestFillLeavesTheWordAlone(t *testing.T) {
	for _, k := range kernels() {
		slot := alignedSlot(128)
		*(*uint64)(pointer(slot)) = 42
		payload := []byte("the payload of a claimed slot")
		k.fill(pointer(slot), 7, uint64(len(payload)), pointer(payload), uintptr(len(payload)))
		if w := *(*uint64)(pointer(slot)); w != 42 {
			t.Errorf("%s: word became %d", k.name, w)
		}
		if got := slot[layout.SlotPayloadOffset:][:len(payload)]; !bytes.Equal(got, payload) {
			t.Errorf("%s: payload %q", k.name, got)
		}
	}
}

func TestMarkAndCommitStoreTheirWords(t *testing.T) {
	slot := alignedSlot(64)
	var head uint64
	Mark(pointer(slot), 11)
	if got := *(*uint64)(pointer(slot)); got != 11 {
		t.Fatalf("mark stored %d", got)
	}
	Commit(pointer(slot), 12, &head, 13)
	if got := *(*uint64)(pointer(slot)); got != 12 || head != 13 {
		t.Fatalf("commit stored %d and head %d", got, head)
	}
}
