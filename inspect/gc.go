package inspect

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/orbitring/orbit/ring/shm"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Collection is what GC did, or would do.
type Collection struct {
	Schema  int         `json:"schema"`
	Dir     string      `json:"dir"`
	DryRun  bool        `json:"dry_run"`
	Freed   int64       `json:"freed_bytes"` // or that would be
	Objects []Collected `json:"objects"`
}

// Collected is one object: removed (or to be removed), or kept and why.
type Collected struct {
	Path    string        `json:"path"`
	Fleet   string        `json:"fleet"`
	Kind    uint8         `json:"kind"`
	Bytes   int64         `json:"bytes"`
	Age     time.Duration `json:"age_ns"`
	Removed bool          `json:"removed"` // in a dry run: would be
	Reason  string        `json:"reason"`
}

// GCOptions say what to remove.
type GCOptions struct {
	Remove bool          // else only tell
	Older  time.Duration // keep what is younger
}

// GC removes the segments that no live member holds, of a fleet or of all for
// "", and tells for every other why it is kept. A fleet with one live member
// keeps all of its segments, and so does one whose roll is kept: the others hold
// facts that members can still ask for. What is not certainly a segment is kept:
// somebody else put it there. A member that comes in between is noticed by the
// locks that removing takes.
func GC(p Place, name string, o GCOptions) (Collection, error) {
	c := Collection{Schema: Schema, Dir: p.Directory(), DryRun: !o.Remove, Objects: []Collected{}}
	entries, err := p.entries(name)
	if err != nil {
		return c, err
	}
	live := map[crewFleet]string{}
	held := make([]string, len(entries))
	for i, e := range entries {
		if held[i] = heldBy(e); held[i] != "" && e.Err == nil {
			live[crewFleet{e.Fleet, e.UID}] = fmt.Sprintf("its fleet lives: kind %d is held: %s", e.Kind, held[i])
		}
	}
	c.Objects = make([]Collected, len(entries))
	// Rolls go first: whoever joins in between holds the roll, and keeps the rest.
	for _, roll := range []bool{true, false} {
		for i, e := range entries {
			if roll != (e.Kind == fleet.RollKind) {
				continue
			}
			f := crewFleet{e.Fleet, e.UID}
			c.Objects[i] = collect(p, e, held[i], live[f], o)
			if c.Objects[i].Removed {
				c.Freed += e.Size
			} else if roll && live[f] == "" && e.Err == nil {
				live[f] = "its fleet's roll is kept: " + c.Objects[i].Reason
			}
		}
	}
	return c, nil
}

// collect removes an object, or says why not.
func collect(p Place, e shm.Entry, held, fleetHeld string, o GCOptions) Collected {
	g := Collected{Path: e.Path, Fleet: e.Fleet, Kind: e.Kind, Bytes: e.Size, Age: e.Age}
	if g.Reason = keep(e, held, fleetHeld, o); g.Reason == "" {
		g.remove(p, e, o)
	}
	return g
}

// heldBy says who lives in a segment; "" is nobody, or not known.
func heldBy(e shm.Entry) string {
	if e.Err != nil {
		return ""
	}
	s, err := Open(e)
	if err != nil {
		return "who lives there cannot be told: " + errorText(err)
	}
	defer s.Close()
	h, _, err := s.holders()
	switch {
	case err != nil:
		return "who lives there cannot be told: " + errorText(err)
	case h.Removing:
		return "somebody else is removing it"
	case len(h.Nodes) > 0:
		return "live nodes " + nodeList(h.Nodes)
	case h.Members:
		return "a live process is attached"
	}
	return ""
}

// keep says why an object is kept; "" is not at all.
func keep(e shm.Entry, held, fleetHeld string, o GCOptions) string {
	switch {
	case e.Err != nil && errors.Is(e.Err, fs.ErrPermission):
		return "no permission to look into it"
	case e.Err != nil:
		return "not certainly a segment: " + errorText(e.Err)
	case held != "":
		return held
	case fleetHeld != "":
		return fleetHeld
	case int64(e.UID) != int64(os.Geteuid()) && os.Geteuid() != 0:
		return fmt.Sprintf("it belongs to user %d", e.UID)
	case e.Age < o.Older:
		return fmt.Sprintf("it is younger than %v", o.Older)
	}
	return ""
}

func (g *Collected) remove(p Place, e shm.Entry, o GCOptions) {
	g.Removed, g.Reason = true, "no live process holds it"
	if e.Kind == fleet.RollKind {
		g.Reason += "; the fleet's ids begin anew"
	}
	if !o.Remove {
		return
	}
	if err := shm.Remove(e.Name, p.options()); err != nil {
		g.Removed, g.Reason = false, errorText(err)
		if errors.Is(err, fs.ErrNotExist) {
			g.Reason = "somebody else removed it"
		}
	}
}

// nodeList is the first of many nodes.
func nodeList(nodes []uint16) string {
	const most = 8
	text := ""
	for i, n := range nodes[:min(len(nodes), most)] {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprint(n)
	}
	if more := len(nodes) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
