package bench

import "github.com/orbitring/orbit/ring/layout"

// Geometry is the shape of the ring that s asks for, complete and checked.
func (s Spec) Geometry() (layout.Geometry, error) { return s.geometry().Normalize() }

// frameBytes is what a frame takes of a ring.
func (s Spec) frameBytes() uint32 {
	g, err := s.Geometry()
	if err != nil {
		return 0
	}
	return g.Stride
}
