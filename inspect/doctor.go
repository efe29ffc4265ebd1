package inspect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
)

// Severity says how much a finding matters.
type Severity string

const (
	// Note is good to know and needs nothing.
	Note Severity = "note"
	// Warning costs something, or will.
	Warning Severity = "warning"
	// Problem keeps somebody from working.
	Problem Severity = "problem"
)

// Finding is one thing that the doctor found.
type Finding struct {
	Severity Severity `json:"severity"`
	What     string   `json:"what"`
	Where    string   `json:"where"`
	Evidence string   `json:"evidence"`
	Remedy   string   `json:"remedy"`
}

// Diagnosis is all of them, and how much was looked at.
type Diagnosis struct {
	Schema   int       `json:"schema"`
	Dir      string    `json:"dir"`
	Segments int       `json:"segments"`
	Findings []Finding `json:"findings"`
}

// Sick tells whether any finding is more than a note.
func (d Diagnosis) Sick() bool {
	for _, f := range d.Findings {
		if f.Severity != Note {
			return true
		}
	}
	return false
}

func (d *Diagnosis) find(s Severity, where, what, evidence, remedy string) {
	d.Findings = append(d.Findings, Finding{Severity: s, What: what, Where: where, Evidence: evidence, Remedy: remedy})
}

// Diagnose looks for what is wrong with the segments of a place, or of one fleet
// of it, and with the host. Each ring is looked at twice, interval apart, to
// tell who is slow from who is stopped.
func Diagnose(ctx context.Context, p Place, fleet string, interval time.Duration) (Diagnosis, error) {
	d := Diagnosis{Schema: Schema, Dir: p.Directory(), Findings: []Finding{}}
	entries, err := p.entries(fleet)
	if err != nil {
		return d, err
	}
	d.host()
	if err := d.space(p); err != nil {
		return d, err
	}
	d.Segments = len(entries)
	var open []patient
	defer func() {
		for _, o := range open {
			o.Close()
		}
	}()
	unheld, unheldBytes := 0, int64(0)
	live := map[crewFleet]bool{}
	for _, e := range entries {
		if e.Err != nil {
			d.stranger(e)
			continue
		}
		s, err := Open(e)
		if err != nil {
			d.stranger(withError(e, err))
			continue
		}
		o := patient{Source: s}
		open = append(open, o)
		if h, _, err := s.holders(); err != nil {
			d.find(Problem, e.Path, "its locks cannot be asked", errorText(err), "use a directory whose file system has record locks")
		} else if h.Members || len(h.Nodes) > 0 {
			live[crewFleet{e.Fleet, e.UID}] = true
		} else if h.Removing {
			d.find(Warning, e.Path, "somebody has been removing it for a while", "a remover's lock is held",
				"find the process that is stopped in the middle of removing, and let it go on or kill it")
		}
	}
	for i := range open {
		if open[i].err = open[i].remember(); open[i].err != nil {
			d.broken(&open[i])
		}
	}
	pause(ctx, interval)
	for i := range open {
		o := &open[i]
		if !live[crewFleet{o.entry.Fleet, o.entry.UID}] {
			unheld++
			unheldBytes += o.entry.Size
		}
		if o.err != nil {
			continue
		}
		if err := d.examine(o, interval); err != nil {
			o.err = err
			d.broken(o)
		}
	}
	if unheld > 0 {
		d.find(Note, d.Dir, fmt.Sprintf("%d segments are held by no live process", unheld),
			fmt.Sprintf("%d bytes; their fleets have no live member", unheldBytes),
			"their members find them when they come back; orbit gc shows and removes those that are not wanted")
	}
	return d, nil
}

func withError(e shm.Entry, err error) shm.Entry { e.Err = err; return e }

// host looks at what the system offers.
func (d *Diagnosis) host() {
	switch park := ring.Parking(); {
	case !park.Futex:
		d.find(Warning, "host", "waiting readers are not woken", "there is no futex here", "readers look every millisecond; run on Linux, or allow the futex call")
	case !park.Barrier:
		d.find(Warning, "host", "every publish pays a fence while readers of this sort wait", "membarrier is refused (seccomp, or an old kernel)", "allow the membarrier call in the container's seccomp profile")
	case !park.Cancel:
		d.find(Note, "host", "a cancelled wait returns within 2 ms instead of at once", "futex_waitv is refused (seccomp, or a kernel before 5.16)", "nothing, unless it matters")
	}
	if _, err := os.Stat("/proc/self/fd"); err != nil && shm.DefaultDir() == "/dev/shm" {
		d.find(Warning, "host", "segments are created under a private name first", "there is no /proc: "+err.Error(), "mount /proc")
	}
}

func (d *Diagnosis) space(p Place) error {
	total, free, err := shm.Space(p.options())
	if err != nil {
		return err
	}
	evidence := fmt.Sprintf("%d of %d bytes are free", free, total)
	switch {
	case total == 0:
	case total == 64<<20:
		d.find(Warning, d.Dir, "it has the 64 MiB of a container that nobody gave more", evidence,
			"docker run --shm-size=1g; in a pod an emptyDir with medium Memory, mounted there or named as the directory")
	case free < total/10:
		d.find(Warning, d.Dir, "it is nearly full", evidence, "orbit gc, smaller rings, or a larger file system; members that are attached are not concerned")
	}
	return nil
}

// stranger is an object that cannot be used as a segment.
func (d *Diagnosis) stranger(e shm.Entry) {
	evidence := errorText(e.Err)
	is := func(target error) bool { return errors.Is(e.Err, target) }
	switch {
	case is(fs.ErrPermission):
		d.find(Note, e.Path, "a segment that this user may not look into", evidence, fmt.Sprintf("run as user %d, or as root", e.Owner))
	case is(shm.ErrNotOurs):
		d.find(Problem, e.Path, "the name is taken by something that is not to be trusted", evidence,
			"have its owner remove it; until then no member can use this name")
	case is(layout.ErrCorrupt):
		d.find(Problem, e.Path, "a damaged segment", evidence,
			"end its members, then rm it; the next member creates it anew")
	case is(layout.ErrForeign):
		d.find(Problem, e.Path, "a segment of another layout, or something else", evidence,
			"run one release of Orbit on this directory, or rm it when its members have ended")
	case is(shm.ErrName):
		d.find(Note, e.Path, "it looks like a segment but its name is none", evidence, "rm it if nobody knows it")
	default:
		d.find(Warning, e.Path, "it cannot be looked at", evidence, "see the evidence")
	}
}
