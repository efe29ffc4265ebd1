package event

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// MaxTopic is the longest topic, in bytes; the shortest has one.
const MaxTopic = 255

// ErrTopic: a topic that is empty or too long; the detail is a *TopicError.
var ErrTopic = errors.New("orbit: bad topic")

// TopicError names the topic's length and the limit, in bytes.
type TopicError struct{ Size, Limit int }

func (e *TopicError) Error() string {
	return fmt.Sprintf("%v: %d bytes, must be 1 to %d", ErrTopic, e.Size, e.Limit)
}
func (e *TopicError) Unwrap() error { return ErrTopic }

func checkTopic(topic string) error {
	if len(topic) < 1 || len(topic) > MaxTopic {
		return &TopicError{Size: len(topic), Limit: MaxTopic}
	}
	return nil
}

// digest stands for a topic in the version of its frames. Of topics of one
// length, up to 8 bytes, each has its own; longer ones may meet, so who matches
// by it must look at the topic as well. It is part of the layout: all members
// must agree on it.
func digest(topic string) uint64 {
	n := len(topic)
	if n < 8 {
		return short(topic)
	}
	h := uint64(0)
	for i := 0; i < n-8; i += 8 {
		h = bits.RotateLeft64((h^word(topic[i:i+8]))*0x9e3779b97f4a7c15, 29)
	}
	return h ^ word(topic[n-8:])
}

// short reads what is shorter than a word in two pieces that overlap.
func short(s string) uint64 {
	n := len(s)
	switch {
	case n >= 4:
		return half(s[:4]) | half(s[n-4:])<<32
	case n > 0:
		return uint64(s[0]) | uint64(s[n/2])<<8 | uint64(s[n-1])<<16
	}
	return 0
}

func word(s string) uint64 { return binary.LittleEndian.Uint64([]byte(s)) }
func half(s string) uint64 { return uint64(binary.LittleEndian.Uint32([]byte(s))) }
