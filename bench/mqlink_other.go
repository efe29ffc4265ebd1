//go:build !linux

package bench

import (
	"errors"
	"os"
)

// There is no message queue here that a child could inherit.
func mqLimit() int { return 0 }

func (c *conduit) queue(Spec) (streamEnds, error) {
	return streamEnds{}, errors.New("message queues need Linux")
}

func newMQOut(Spec, uint8, []*os.File) outlet { return nil }
func newMQIn(Spec, *os.File) inlet            { return nil }
