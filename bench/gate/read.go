package gate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"
	"golang.org/x/perf/benchproc"

	"github.com/orbitring/orbit/bench"
)

// ErrRecord: what was given is not a whole record that this version reads.
var ErrRecord = errors.New("not a whole record that this version reads")

func bad(path, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrRecord, path, fmt.Sprintf(format, args...))
}

// A Set is the samples of one side, of one run or of several.
type Set struct {
	rows   []string // in order of appearance
	values map[string]map[string][]float64
	config string
	units  benchfmt.UnitMetadataMap
	parser benchproc.ProjectionParser
	row    *benchproc.Projection
	host   *benchproc.Projection
}

func newSet() (*Set, error) {
	s := &Set{values: map[string]map[string][]float64{}, units: benchfmt.UnitMetadataMap{}}
	var err error
	if s.row, err = s.parser.Parse(".fullname", nil); err != nil {
		return nil, err
	}
	s.host, err = s.parser.Parse("goos,goarch", nil)
	return s, err
}

// Read reads recorded runs: each path is the folder of a run or a file of
// benchmark text. A folder must be whole: as many samples in its text as in
// its manifest.
func Read(paths ...string) (*Set, error) {
	s, err := newSet()
	if err != nil {
		return nil, err
	}
	for _, p := range paths {
		if err := s.read(p); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Set) read(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return bad(path, "%v", errors.Unwrap(err))
	}
	if !info.IsDir() {
		_, err := s.readFile(path)
		return err
	}
	counts, err := s.readFile(filepath.Join(path, bench.BenchFile))
	if err != nil {
		return err
	}
	m, err := ReadManifest(path)
	if err != nil {
		return err
	}
	for _, row := range m.Rows {
		if n := counts["Benchmark"+row.Name]; n != len(row.Samples) {
			return bad(path, "%d samples of %s in %s, but %d in %s: a file is cut off",
				n, row.Name, bench.BenchFile, len(row.Samples), bench.ManifestFile)
		}
	}
	return nil
}

// ReadManifest reads the manifest of a run's folder.
func ReadManifest(dir string) (*bench.Manifest, error) {
	path := filepath.Join(dir, bench.ManifestFile)
	if _, err := os.Stat(path); err != nil {
		return nil, bad(dir, "no %s: %v", bench.ManifestFile, errors.Unwrap(err))
	}
	var m bench.Manifest
	if err := Decode(path, &m); err != nil {
		return nil, err
	}
	if len(m.Rows) == 0 && len(m.Failed) == 0 {
		return nil, bad(path, "a manifest without rows")
	}
	return &m, nil
}

func (s *Set) readFile(path string) (map[string]int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, bad(path, "%v", errors.Unwrap(err))
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return nil, bad(path, "its last line is cut off")
	}
	return s.add(bytes.NewReader(text), path)
}

// add reads benchmark text and returns how many samples of each row there were.
func (s *Set) add(in io.Reader, path string) (map[string]int, error) {
	counts := map[string]int{}
	r := benchfmt.NewReader(in, path)
	for r.Scan() {
		switch rec := r.Result().(type) {
		case *benchfmt.SyntaxError:
			return nil, bad(path, "line %d: %s", rec.Line, rec.Msg)
		case *benchfmt.Result:
			host := s.host.Project(rec).String()
			if s.config == "" {
				s.config = host
			}
			if s.config != host {
				return nil, bad(path, "of %s, the runs before it of %s", host, s.config)
			}
			row := "Benchmark" + s.row.Project(rec).Get(s.row.Fields()[0])
			counts[row]++
			if s.values[row] == nil {
				s.rows = append(s.rows, row)
				s.values[row] = map[string][]float64{}
			}
			for _, v := range rec.Values {
				s.values[row][v.Unit] = append(s.values[row][v.Unit], v.Value)
			}
		}
	}
	if err := r.Err(); err != nil {
		return nil, bad(path, "%v", err)
	}
	if len(counts) == 0 {
		return nil, bad(path, "no benchmark result in it")
	}
	for k, u := range r.Units() {
		s.units[k] = u
	}
	return counts, nil
}

// exactUnits are the units of a row that are compared as they are.
func (s *Set) exactUnits(row string) []string {
	var units []string
	for unit := range s.values[row] {
		if s.units.GetAssumption(unit) == benchmath.AssumeExact {
			units = append(units, unit)
		}
	}
	slices.Sort(units)
	return units
}

// judged says whether a row is of the code that is compared. The floor is
// hardware, and peers are the system's.
func judged(row string) bool { return strings.HasPrefix(row, "BenchmarkOrbit/") }

// common sorts the judged rows of two sides.
func common(old, new *Set) (both, onlyOld, onlyNew []string) {
	for _, row := range old.rows {
		switch {
		case !judged(row):
		case new.values[row] != nil:
			both = append(both, row)
		default:
			onlyOld = append(onlyOld, row)
		}
	}
	for _, row := range new.rows {
		if judged(row) && old.values[row] == nil {
			onlyNew = append(onlyNew, row)
		}
	}
	return both, onlyOld, onlyNew
}

// short is a row's name as tables show it.
func short(row string) string { return strings.TrimPrefix(row, "BenchmarkOrbit/") }

// exact compares the exact metrics of the rows that both sides have. A metric
// that only one side knows is not compared.
func exact(old, new *Set, rows []string) []Finding {
	var all []Finding
	for _, row := range rows {
		for _, unit := range new.exactUnits(row) {
			if before, after := old.values[row][unit], new.values[row][unit]; len(before) > 0 {
				all = append(all, exactly(row, unit, before, after, new.units.GetBetter(unit)))
			}
		}
	}
	return all
}

// Compare judges recorded runs, which were not measured in turn.
func Compare(old, new *Set, rule Rule) (*Judgement, error) {
	if old.config != new.config {
		return nil, fmt.Errorf("%w: the old runs are of %s, the new ones of %s", ErrRecord, old.config, new.config)
	}
	rows, onlyOld, onlyNew := common(old, new)
	if len(rows) == 0 {
		return nil, fmt.Errorf("%w: the two sides have no row of Orbit's in common", ErrRecord)
	}
	j := &Judgement{Rule: rule, OnlyOld: onlyOld, OnlyNew: onlyNew}
	for _, row := range rows {
		a, b := old.values[row][Unit], new.values[row][Unit]
		if len(a) == 0 || len(b) == 0 {
			continue
		}
		thresholds := benchmath.DefaultThresholds
		before, after := benchmath.NewSample(slices.Clone(a), &thresholds), benchmath.NewSample(slices.Clone(b), &thresholds)
		f := Finding{
			Row: row, Unit: Unit,
			Old: benchmath.AssumeNothing.Summary(before, 0.95).Center,
			New: benchmath.AssumeNothing.Summary(after, 0.95).Center,
		}
		e := shift(logs(a), logs(b), 0.95)
		e.p = benchmath.AssumeNothing.Compare(before, after).P
		f.set(e)
		j.Findings = append(j.Findings, f)
	}
	j.Findings = append(j.Findings, exact(old, new, rows)...)
	j.conclude()
	return j, nil
}
