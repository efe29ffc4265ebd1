package event

import "unsafe"

// bytesOf returns the bytes of a topic, which nobody may change.
func bytesOf(topic string) []byte {
	return unsafe.Slice(unsafe.StringData(topic), len(topic))
}
