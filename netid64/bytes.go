package netid64

import (
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
)

// Size is the length of an id's byte form.
const Size = 8

// ErrLength says that a byte form was not [Size] bytes long.
var ErrLength = errors.New("netid64: wrong length")

var (
	_ encoding.BinaryAppender    = Zero
	_ encoding.BinaryMarshaler   = Zero
	_ encoding.BinaryUnmarshaler = (*ID)(nil)
)

// AppendBytes appends the 8 bytes of id to dst, highest first. Big-endian on
// every host: the bytes mean the same everywhere, and bytes.Compare orders them
// as [ID.Compare] orders the ids.
func (id ID) AppendBytes(dst []byte) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(id))
}

// FromBytes reads what [ID.AppendBytes] wrote. Every value of the 8 bytes is an
// id; any other length is refused with [ErrLength], a longer one too, so that a
// cut or shifted record cannot pass for an id.
func FromBytes(b []byte) (ID, error) {
	if len(b) != Size {
		return Zero, fmt.Errorf("%w: got %d bytes, an id is exactly %d", ErrLength, len(b), Size)
	}
	return ID(binary.BigEndian.Uint64(b)), nil
}

// AppendBinary is [ID.AppendBytes] as encoding.BinaryAppender; it never fails.
func (id ID) AppendBinary(dst []byte) ([]byte, error) { return id.AppendBytes(dst), nil }

// MarshalBinary is [ID.AppendBytes] as encoding.BinaryMarshaler; it never fails.
func (id ID) MarshalBinary() ([]byte, error) { return id.AppendBytes(make([]byte, 0, Size)), nil }

// UnmarshalBinary is [FromBytes] as encoding.BinaryUnmarshaler. After an error id
// is what it was.
func (id *ID) UnmarshalBinary(data []byte) error {
	read, err := FromBytes(data)
	if err != nil {
		return err
	}
	*id = read
	return nil
}
