package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/orbitring/orbit/bench"
	"github.com/orbitring/orbit/bench/chart"
	"github.com/orbitring/orbit/bench/gate"
	"github.com/orbitring/orbit/bench/tune"
)

// ErrRecord: a folder is not a record that this version can show.
var ErrRecord = gate.ErrRecord

// A record is one folder: a run, a comparison or a search.
type record struct {
	Dir    string
	Run    *bench.Manifest
	Curves map[string]chart.Curve // by row
	AB     *abRecord
	Tune   *tuneRecord
}

// abRecord and tuneRecord are what ab and tune leave behind.
type abRecord struct {
	Command []string   `json:"command"`
	Host    bench.Host `json:"host"`
	Old     binary     `json:"old"`
	New     binary     `json:"new"`
	gate.Outcome
}

type binary struct {
	Path   string `json:"path"`
	Commit string `json:"commit"`
	Dirty  bool   `json:"dirty"`
}

type tuneRecord struct {
	Command []string   `json:"command"`
	Host    bench.Host `json:"host"`
	tune.Result
}

// read reads one folder.
func read(dir string) (*record, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRecord, dir, errors.Unwrap(err))
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%w: %s is not a folder", ErrRecord, dir)
	}
	r := &record{Dir: filepath.Base(filepath.Clean(dir))}
	switch {
	case has(dir, bench.ManifestFile):
		if _, err := gate.Read(dir); err != nil {
			return nil, err
		}
		if r.Run, err = gate.ReadManifest(dir); err == nil {
			err = r.readCurves(dir)
		}
	case has(dir, gate.RecordFile):
		r.AB = &abRecord{}
		if err = decode(filepath.Join(dir, gate.RecordFile), r.AB); err == nil && r.AB.Judgement == nil {
			err = fmt.Errorf("%s has no verdict", gate.RecordFile)
		}
	case has(dir, tune.RecordFile):
		r.Tune = &tuneRecord{}
		if err = decode(filepath.Join(dir, tune.RecordFile), r.Tune); err == nil && len(r.Tune.Trials) == 0 {
			err = fmt.Errorf("%s has no trials", tune.RecordFile)
		}
	default:
		err = fmt.Errorf("no %s, %s or %s in it", bench.ManifestFile, gate.RecordFile, tune.RecordFile)
	}
	if err != nil && !errors.Is(err, ErrRecord) {
		err = fmt.Errorf("%w: %s: %w", ErrRecord, dir, err)
	}
	return r, err
}

func has(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

func decode(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var version struct{ Format int }
	if err := json.Unmarshal(text, &version); err != nil {
		return fmt.Errorf("%s is cut off or no JSON: %w", filepath.Base(path), err)
	}
	if version.Format > bench.ManifestFormat {
		return fmt.Errorf("%s has format %d, and this orbitbench reads up to %d", filepath.Base(path), version.Format, bench.ManifestFormat)
	}
	return json.Unmarshal(text, into)
}

// readCurves reads the .hgrm files of a run's rows.
func (r *record) readCurves(dir string) error {
	r.Curves = map[string]chart.Curve{}
	for _, row := range r.Run.Rows {
		name := bench.HistogramFile(row.Name)
		if !has(dir, name) {
			continue
		}
		c, err := readCurve(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		c.Name = parse(row.Name).label()
		r.Curves[row.Name] = c
	}
	return nil
}

// readCurve reads the text that HdrHistogram writes: a value in µs, the share
// at or below it, a count, and 1/(1-share).
func readCurve(path string) (chart.Curve, error) {
	var c chart.Curve
	f, err := os.Open(path)
	if err != nil {
		return c, err
	}
	defer f.Close()
	ended := false
	in := bufio.NewScanner(f)
	for in.Scan() {
		fields := strings.Fields(in.Text())
		if len(fields) > 0 && strings.HasPrefix(fields[0], "#[Max") {
			ended = true
		}
		if len(fields) < 3 || strings.HasPrefix(fields[0], "#") || fields[0] == "Value" {
			continue
		}
		value, err1 := strconv.ParseFloat(fields[0], 64)
		share, err2 := strconv.ParseFloat(fields[1], 64)
		if err1 != nil || err2 != nil {
			return c, fmt.Errorf("%s: not a line of a histogram: %q", filepath.Base(path), in.Text())
		}
		c.Points = append(c.Points, chart.Point{Quantile: share, Nanos: 1000 * value})
	}
	if err := in.Err(); err != nil {
		return c, err
	}
	if !ended {
		return c, fmt.Errorf("%s is cut off", filepath.Base(path))
	}
	return c, nil
}

// A key is what the name of a row says.
type key struct {
	base   string
	values map[string]string
	rest   []string // what is not said elsewhere in a picture
}

func parse(name string) key {
	parts := strings.Split(name, "/")
	k := key{base: parts[0], values: map[string]string{}}
	for _, p := range parts[1:] {
		name, value, _ := strings.Cut(p, "=")
		k.values[name] = value
		switch name {
		case "mode", "topology", "ring", "peer", "payload", "capacity", "stride":
		default:
			k.rest = append(k.rest, p)
		}
	}
	return k
}

// carrier is over what messages went.
func (k key) carrier() string {
	switch {
	case k.base == "Floor":
		return "floor"
	case k.base == "Peer":
		return k.values["peer"]
	}
	return "orbit " + k.values["ring"]
}

func (k key) label() string {
	s := k.carrier()
	if p := k.values["payload"]; p != "" {
		s += " " + p + " B"
	}
	s += " " + k.values["topology"]
	if len(k.rest) > 0 {
		s += " " + strings.Join(k.rest, " ")
	}
	return s
}
