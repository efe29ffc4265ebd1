package inspect

import (
	"errors"
	"fmt"
	"time"

	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// Segment is a segment as a list tells it.
type Segment struct {
	Name  string        `json:"name"`
	Path  string        `json:"path"`
	Fleet string        `json:"fleet"`
	Kind  uint8         `json:"kind"`
	Role  string        `json:"role"` // the substrate whose kind it is, or the type of its values
	UID   uint32        `json:"uid"`
	Owner uint32        `json:"owner"` // of the file
	Group uint32        `json:"group"`
	Mode  string        `json:"mode"`
	Bytes int64         `json:"bytes"`
	Age   time.Duration `json:"age_ns"`

	Geometry *Geometry `json:"geometry,omitempty"` // unless Error
	Nodes    []uint16  `json:"live_nodes"`
	Members  bool      `json:"members"` // some process is attached to read and write
	Removing bool      `json:"removing"`
	Error    string    `json:"error,omitempty"`
}

// Geometry is the shape of a ring.
type Geometry struct {
	Layout      string    `json:"layout"` // major.minor
	Topology    string    `json:"topology"`
	Lanes       uint32    `json:"lanes"`
	Capacity    uint64    `json:"capacity"` // slots of a lane
	Payload     uint32    `json:"payload"`  // bytes
	Stride      uint32    `json:"stride"`   // bytes
	Aux         uint64    `json:"aux"`      // bytes
	Type        string    `json:"type"`
	Fingerprint string    `json:"fingerprint"`
	Instance    string    `json:"instance"`
	Created     time.Time `json:"created"`
}

// Listing is what List returns.
type Listing struct {
	Schema   int       `json:"schema"`
	Dir      string    `json:"dir"`
	Total    uint64    `json:"total_bytes"` // of the file system; 0 without a limit
	Free     uint64    `json:"free_bytes"`
	Segments []Segment `json:"segments"`
}

// List tells what segments there are, of a fleet or of all for "".
func List(p Place, fleet string) (Listing, error) {
	entries, err := p.entries(fleet)
	if err != nil {
		return Listing{}, err
	}
	l := Listing{Schema: Schema, Dir: p.Directory(), Segments: []Segment{}}
	if l.Total, l.Free, err = shm.Space(p.options()); err != nil {
		return l, err
	}
	for _, e := range entries {
		l.Segments = append(l.Segments, describe(e))
	}
	return l, nil
}

// describe tells an entry and who lives in it.
func describe(e shm.Entry) Segment {
	g := segment(e)
	if e.Err != nil {
		return g
	}
	s, err := Open(e)
	if err != nil {
		g.Error = errorText(err)
		return g
	}
	defer s.Close()
	g.ask(s)
	return g
}

// segment tells what an entry says by itself.
func segment(e shm.Entry) Segment {
	g := Segment{
		Name: e.Name, Path: e.Path, Fleet: e.Fleet, Kind: e.Kind, UID: e.UID, Owner: e.Owner, Group: e.Group,
		Mode: fmt.Sprintf("%#o", uint32(e.Mode.Perm())), Bytes: e.Size, Age: e.Age, Nodes: []uint16{},
		Role: kindNames[e.Kind],
	}
	if e.Err != nil {
		g.Error = errorText(e.Err)
		return g
	}
	g.Geometry = geometry(e.Identity)
	if g.Role == "" {
		g.Role = e.Identity.TypeName
	}
	return g
}

// ask completes it with who lives there.
func (g *Segment) ask(s *Source) {
	h, known, err := s.holders()
	if err != nil {
		g.Error = errorText(err)
	}
	if known {
		g.Members, g.Removing = h.Members, h.Removing
		g.Nodes = append(g.Nodes, h.Nodes...)
	}
}

func geometry(id layout.Identity) *Geometry {
	g := id.Geometry
	return &Geometry{
		Layout: fmt.Sprintf("%d.%d", layout.Major, id.Minor), Topology: g.Topology.String(), Lanes: g.Lanes,
		Capacity: g.Capacity, Payload: g.Payload, Stride: g.Stride, Aux: g.Aux,
		Type: id.TypeName, Fingerprint: fmt.Sprintf("%#x", id.Fingerprint), Instance: fmt.Sprintf("%#016x", id.Instance),
		Created: id.Created,
	}
}

// errorText is an error without the path and remedy that stand beside it.
func errorText(err error) string {
	if detail, ok := errors.AsType[*shm.Error](err); ok {
		return detail.Err.Error()
	}
	return err.Error()
}
