package gate

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/orbitring/orbit/bench"
)

// RecordFile is the file of a recorded duel that says what it found. Beside it
// lie old.txt and new.txt, the benchmark text of both sides.
const RecordFile = "ab.json"

// A Record is a duel as it is kept.
type Record struct {
	Format  int        `json:"format"` // bench.ManifestFormat
	Command []string   `json:"command"`
	Ended   time.Time  `json:"ended"`
	Host    bench.Host `json:"host"`
	Old     Binary     `json:"old"`
	New     Binary     `json:"new"`
	*Outcome
}

// NewRecord describes a duel that has just ended.
func NewRecord(d Duel, o *Outcome, command []string) Record {
	return Record{
		Format: bench.ManifestFormat, Command: command, Ended: time.Now().UTC().Truncate(time.Second),
		Host: bench.NewHost(), Old: newBinary(d.Old), New: newBinary(d.New), Outcome: o,
	}
}

// WriteJSON writes everything but the benchmark text.
func (r Record) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Save writes the record to dir: all of it, or nothing.
func (r Record) Save(dir string) error {
	text := func(b []byte) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.Copy(w, bytes.NewReader(b)); return err }
	}
	return bench.SaveRecord(dir,
		bench.File{Name: "old.txt", Content: text(r.OldText)},
		bench.File{Name: "new.txt", Content: text(r.NewText)},
		bench.File{Name: RecordFile, Content: r.WriteJSON})
}

// ReadRecord reads the record of a duel.
func ReadRecord(dir string) (*Record, error) {
	r := &Record{Outcome: &Outcome{}}
	if err := Decode(filepath.Join(dir, RecordFile), r); err != nil {
		return nil, err
	}
	if r.Judgement == nil {
		return nil, bad(dir, "%s has no verdict", RecordFile)
	}
	return r, nil
}

// Decode reads a JSON file of a record, if it is whole and of a format that this
// version knows.
func Decode(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return bad(path, "%v", err)
	}
	var version struct{ Format int }
	switch err := json.Unmarshal(text, &version); {
	case err != nil:
		return bad(path, "cut off or no JSON: %v", err)
	case version.Format > bench.ManifestFormat:
		return bad(path, "format %d, and this orbitbench reads up to %d: take a newer one", version.Format, bench.ManifestFormat)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return bad(path, "not of the form that its name says: %v", err)
	}
	return nil
}

// A Binary is what is known of one.
type Binary struct {
	Path   string `json:"path"`
	Commit string `json:"commit,omitempty"`
	Dirty  bool   `json:"dirty,omitempty"`
}

func newBinary(path string) Binary {
	b := Binary{Path: path}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return b // a script that starts one, for example
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Dirty = s.Value == "true"
		}
	}
	return b
}

func (b Binary) String() string {
	switch {
	case b.Commit == "":
		return b.Path
	case b.Dirty:
		return fmt.Sprintf("%s (commit %.12s and changes)", b.Path, b.Commit)
	}
	return fmt.Sprintf("%s (commit %.12s)", b.Path, b.Commit)
}
