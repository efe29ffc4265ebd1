package tune

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"github.com/orbitring/orbit/bench"
	"github.com/orbitring/orbit/bench/chart"
	"github.com/orbitring/orbit/bench/gate"
)

// RecordFile is the file of a recorded search. Beside it lies frontier.svg.
const RecordFile = "tune.json"

// A Record is a search as it is kept.
type Record struct {
	Format  int        `json:"format"` // bench.ManifestFormat
	Command []string   `json:"command"`
	Host    bench.Host `json:"host"`
	*Result
}

// NewRecord describes a search that has just ended.
func NewRecord(r *Result, host bench.Host, command []string) Record {
	return Record{bench.ManifestFormat, command, host, r}
}

// WriteJSON writes everything but the picture.
func (r Record) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Save writes the record to dir: all of it, or nothing.
func (r Record) Save(dir string) error {
	svg, err := r.Picture()
	if err != nil {
		return err
	}
	return bench.SaveRecord(dir,
		bench.File{Name: RecordFile, Content: r.WriteJSON},
		bench.File{Name: "frontier.svg", Content: func(w io.Writer) error { _, err := io.WriteString(w, chart.Standalone(svg)); return err }})
}

// ReadRecord reads the record of a search.
func ReadRecord(dir string) (*Record, error) {
	r := &Record{Result: &Result{}}
	path := filepath.Join(dir, RecordFile)
	if err := gate.Decode(path, r); err != nil {
		return nil, err
	}
	if len(r.Trials) == 0 {
		return nil, fmt.Errorf("%w: %s has no trials", gate.ErrRecord, path)
	}
	return r, nil
}
