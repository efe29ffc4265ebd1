package netid64_test

import (
	"bytes"
	"encoding/gob"
	"errors"
	"strings"
	"testing"

	"github.com/orbitring/orbit/netid64"
)

func TestTheBytesOfAnIDAreBigEndian(t *testing.T) {
	id := netid64.Make(0x12, 0x3456, 0x78_9ABC_DEF0)
	want := []byte{0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0}
	if got := id.AppendBytes(nil); !bytes.Equal(got, want) {
		t.Errorf("bytes are % x, want % x", got, want)
	}
}

func TestAnIDTo8BytesAndBackIsIdentical(t *testing.T) {
	for _, id := range samples {
		b := id.AppendBytes(nil)
		if back, err := netid64.FromBytes(b); err != nil || back != id {
			t.Errorf("%s came back as %s, %v", id, back, err)
		}
		appended, _ := id.AppendBinary(nil)
		marshalled, _ := id.MarshalBinary()
		if !bytes.Equal(appended, b) || !bytes.Equal(marshalled, b) {
			t.Errorf("%s: AppendBinary % x and MarshalBinary % x, want % x", id, appended, marshalled, b)
		}
	}
}

func TestAppendBytesKeepsWhatStandsBefore(t *testing.T) {
	got := netid64.Make(7, 42, 1000).AppendBytes([]byte("id="))
	if want := []byte("id=\x07\x00\x2a\x00\x00\x00\x03\xe8"); !bytes.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheByteOrderOfTwoIDsIsTheirOrder(t *testing.T) {
	for _, a := range samples {
		for _, b := range samples {
			if got, want := bytes.Compare(a.AppendBytes(nil), b.AppendBytes(nil)), a.Compare(b); got != want {
				t.Errorf("bytes of %s and %s compare as %d, the ids as %d", a, b, got, want)
			}
		}
	}
}

func TestAnyLengthBut8IsRefusedWithBothLengths(t *testing.T) {
	for length, words := range map[int]string{
		0: "got 0 bytes, an id is exactly 8",
		7: "got 7 bytes, an id is exactly 8",
		9: "got 9 bytes, an id is exactly 8",
	} {
		id, err := netid64.FromBytes(make([]byte, length))
		if id != netid64.Zero || !errors.Is(err, netid64.ErrLength) || !strings.Contains(err.Error(), words) {
			t.Errorf("%d bytes: got %s and %v, want ErrLength with %q", length, id, err, words)
		}
	}
}

func TestARefusedByteFormLeavesTheIDAlone(t *testing.T) {
	id := netid64.Make(7, 42, 1000)
	if err := id.UnmarshalBinary([]byte{1}); err == nil || id != netid64.Make(7, 42, 1000) {
		t.Errorf("id is %s, error %v", id, err)
	}
}

func TestAnIDSurvivesGob(t *testing.T) {
	for _, id := range samples {
		var wire bytes.Buffer
		var back netid64.ID
		if err := errors.Join(gob.NewEncoder(&wire).Encode(id), gob.NewDecoder(&wire).Decode(&back)); err != nil || back != id {
			t.Errorf("%s came back as %s, %v", id, back, err)
		}
	}
}

func TestTheByteFormAllocatesNothing(t *testing.T) {
	id, buf := netid64.Make(7, 42, 1000), make([]byte, 0, netid64.Size)
	if n := testing.AllocsPerRun(100, func() {
		b := id.AppendBytes(buf)
		id, _ = netid64.FromBytes(b)
		_ = id.UnmarshalBinary(b)
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
