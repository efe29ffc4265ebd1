package report

import (
	"bufio"
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

// A record is one folder: a run, a comparison or a search.
type record struct {
	Dir    string
	Run    *bench.Manifest
	Curves map[string]chart.Curve // by row
	AB     *gate.Record
	Tune   *tune.Record
}

// read reads one folder.
func read(dir string) (*record, error) {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %s: %w", gate.ErrRecord, dir, errors.Unwrap(err))
	case !info.IsDir():
		return nil, fmt.Errorf("%w: %s is not a folder", gate.ErrRecord, dir)
	}
	r := &record{Dir: filepath.Base(filepath.Clean(dir))}
	switch {
	case has(dir, bench.ManifestFile):
		if _, err = gate.Read(dir); err != nil {
			return nil, err
		}
		if r.Run, err = gate.ReadManifest(dir); err == nil {
			err = r.readCurves(dir)
		}
	case has(dir, gate.RecordFile):
		r.AB, err = gate.ReadRecord(dir)
	case has(dir, tune.RecordFile):
		r.Tune, err = tune.ReadRecord(dir)
	default:
		err = fmt.Errorf("%w: %s: no %s, %s or %s in it", gate.ErrRecord, dir, bench.ManifestFile, gate.RecordFile, tune.RecordFile)
	}
	return r, err
}

func has(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
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
			return c, fmt.Errorf("%w: %s: not a line of a histogram: %q", gate.ErrRecord, path, in.Text())
		}
		c.Points = append(c.Points, chart.Point{Quantile: share, Nanos: 1000 * value})
	}
	if err := in.Err(); err != nil {
		return c, err
	}
	if !ended {
		return c, fmt.Errorf("%w: %s is cut off", gate.ErrRecord, path)
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
