//go:build linux && amd64 && !race

package killtest

import (
	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
)

// The ways to read a ring, in one place.

func next(c *ring.Cursor, buf []byte) (ring.Frame, bool, error) {
	f := ring.Frame{Payload: buf}
	ok, err := c.Next(&f)
	return f, ok, err
}

func newest(r *ring.Ring, lane int) (ring.Frame, bool, error) {
	f := r.NewFrame()
	ok, err := r.Newest(lane, &f)
	return f, ok, err
}

func read(r *ring.Ring, id netid64.ID) (ring.Frame, bool, error) {
	f := r.NewFrame()
	ok, err := r.Read(id, &f)
	return f, ok, err
}
