package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"
)

// The record of a run is two files, and one more for each row that has latencies. bench.txt is Go benchmark text, one line a
// sample, with keys that do not change from run to run, so that benchstat puts
// runs side by side. manifest.json holds what does change.
const (
	BenchFile    = "bench.txt"     // name of the text
	ManifestFile = "manifest.json" // name of the rest

	// ManifestFormat is raised when a field of the manifest changes its meaning.
	// Runs from before it was written have none, and read like format 1.
	ManifestFormat = 1
)

// HistogramFile is the name of the .hgrm file of a row of that name: the row's,
// without slashes.
func HistogramFile(row string) string { return strings.ReplaceAll(row, "/", ",") + ".hgrm" }

// stableConfig are the file keys of bench.txt. A key whose value differs
// between two files splits benchstat's tables, so volatile facts stay out.
func stableConfig() []benchfmt.Config {
	kv := func(k, v string) benchfmt.Config {
		return benchfmt.Config{Key: k, Value: []byte(v), File: true}
	}
	return []benchfmt.Config{
		kv("goos", runtime.GOOS),
		kv("goarch", runtime.GOARCH),
		kv("pkg", "github.com/orbitring/orbit/bench"),
	}
}

// units says which way is better, and what has no spread; benchstat knows ns/op
// by itself.
var units = []struct{ unit, key, value string }{
	{"x-floor", "better", "lower"},
	{"msgs/s", "better", "higher"},
	{"delivered/msg", "better", "higher"},
	{"p50-ns/op", "better", "lower"},
	{"p99-ns/op", "better", "lower"},
	{"p50-ns/msg", "better", "lower"}, // of modes rate and wake: latencies
	{"p90-ns/msg", "better", "lower"},
	{"p99-ns/msg", "better", "lower"},
	{"p99.9-ns/msg", "better", "lower"},
	{"max-ns/msg", "better", "lower"},
	{"lag-p50-ns/msg", "better", "lower"}, // how late the harness sent
	{"lag-p99-ns/msg", "better", "lower"},
	{"lag-max-ns/msg", "better", "lower"},
	{"sent/s", "better", "higher"}, // lossy
	{"allocs/op", "better", "lower"},
	{"allocs/op", "assume", "exact"},
	{"B/frame", "better", "lower"},
	{"B/frame", "assume", "exact"},
}

// WriteBench writes every sample as a Go benchmark result. Failed rows have no
// result.
func (r *Report) WriteBench(w io.Writer) error {
	out := benchfmt.NewWriter(w)
	for _, u := range units {
		err := out.Write(&benchfmt.UnitMetadata{
			UnitMetadataKey: benchfmt.UnitMetadataKey{Unit: u.unit, Key: u.key},
			OrigUnit:        u.unit, Value: u.value,
		})
		if err != nil {
			return err
		}
	}
	for _, row := range r.Rows {
		if row.Fail != "" {
			continue
		}
		for _, x := range row.Samples {
			if err := out.Write(result(row.Spec, x)); err != nil {
				return err
			}
		}
	}
	return nil
}

func result(s Spec, x Sample) *benchfmt.Result {
	res := &benchfmt.Result{
		Config: stableConfig(),
		Name:   benchfmt.Name(s.Name()),
		Iters:  int(x.Ops),
		Values: []benchfmt.Value{
			{Value: x.Nanos, Unit: "ns/op"},
			{Value: x.XFloor, Unit: "x-floor"},
			{Value: x.PerSec, Unit: "msgs/s"},
			{Value: deliveredRatio(s, x.Counts, x.Sent, x.Warm), Unit: "delivered/msg"},
		},
	}
	add := func(v float64, unit string) { res.Values = append(res.Values, benchfmt.Value{Value: v, Unit: unit}) }
	if s.Transport.IsRing() {
		add(float64(x.Allocs/x.Ops), "allocs/op")
		add(float64(s.frameBytes()), "B/frame")
	}
	if s.Mode == Lossy && s.Transport != Floor {
		add(float64(x.Sent-x.Warm)/float64(x.Ops)*x.PerSec, "sent/s")
	}
	if x.Latency != nil {
		for _, q := range quantiles {
			add(x.Latency.Quantile(q.q), q.name+"-ns/msg")
		}
	}
	if x.Lag != nil && x.Lag.Count() > 0 {
		for _, q := range quantiles {
			if q.name == "p50" || q.name == "p99" || q.name == "max" {
				add(x.Lag.Quantile(q.q), "lag-"+q.name+"-ns/msg")
			}
		}
	}
	if x.P50 > 0 {
		res.Values = append(res.Values,
			benchfmt.Value{Value: x.P50, Unit: "p50-ns/op"},
			benchfmt.Value{Value: x.P99, Unit: "p99-ns/op"})
	}
	return res
}

// Manifest is what a recorded run says about itself beside its figures.
type Manifest struct {
	Format   int                `json:"format"` // ManifestFormat
	Command  []string           `json:"command"`
	Suite    string             `json:"suite"`
	Began    time.Time          `json:"began"`
	Seconds  float64            `json:"seconds"`
	Host     Host               `json:"host"`
	Warnings []string           `json:"warnings,omitempty"`
	Clock    Clock              `json:"clock"`
	Pinning  ManifestPinning    `json:"pinning"`
	Floors   []ManifestFloor    `json:"floors"`
	Method   ManifestMethod     `json:"method"`
	Kernel   string             `json:"copy_kernel"` // routines that copy frames
	Harness  map[string]float64 `json:"harness_ns"`  // by payload: making and checking a message, alone
	Overhead []Overhead         `json:"harness_overhead,omitempty"`
	Repeated int                `json:"repeated_samples"`
	Rows     []ManifestRow      `json:"rows"`
	Failed   []string           `json:"failed,omitempty"`
}

// ManifestPinning says who ran where.
type ManifestPinning struct {
	Pinned    bool  `json:"pinned"`
	CPUs      []int `json:"cpus,omitempty"`
	Producers []int `json:"producers,omitempty"` // their processors, in the largest topology
	Consumers []int `json:"consumers,omitempty"`
}

// ManifestFloor is one floor over the run, ns.
type ManifestFloor struct {
	Name   string  `json:"name"`
	N      int     `json:"n"`
	Min    float64 `json:"min_ns"`
	Median float64 `json:"median_ns"`
	Max    float64 `json:"max_ns"`
	Swing  float64 `json:"swing"`
}

// ManifestMethod repeats the constants that figures depend on.
type ManifestMethod struct {
	StreamFloor    string  `json:"stream_floor"`
	PingPongFloor  string  `json:"pingpong_floor"`
	FloorTolerance float64 `json:"floor_tolerance"`
	LeastShare     float64 `json:"least_share"`
}

// ManifestRow holds the raw samples of a row, in the order in which bench.txt
// has them.
type ManifestRow struct {
	Name    string           `json:"name"`
	Marks   []string         `json:"marks,omitempty"`
	Counts  Counts           `json:"counts"`
	Latency *ManifestLatency `json:"latency_ns,omitempty"`
	Lag     *ManifestLatency `json:"schedule_lag_ns,omitempty"`
	Samples []ManifestSample `json:"samples"`
}

// ManifestLatency is a distribution in short; the whole is in the .hgrm file.
type ManifestLatency struct {
	N    int64   `json:"n"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99.9"`
	Max  float64 `json:"max"`
	Mean float64 `json:"mean"`
	File string  `json:"file,omitempty"`
}

func manifestLatency(l *Latency, file string) *ManifestLatency {
	if l == nil || l.Count() == 0 {
		return nil
	}
	return &ManifestLatency{
		l.Count(), l.Quantile(0.5), l.Quantile(0.9), l.Quantile(0.99), l.Quantile(0.999), l.Quantile(1), l.Mean(), file,
	}
}

// ManifestSample is one sample with its floors.
type ManifestSample struct {
	Nanos    float64    `json:"ns_op"`
	Floors   [2]float64 `json:"floors_ns"`
	XFloor   float64    `json:"x_floor"`
	Share    float64    `json:"processor_share"`
	Idle     [2]uint64  `json:"idle_looks"` // of producers, of consumers: who waited for whom
	Retried  uint64     `json:"retried,omitempty"`
	Attempts int        `json:"attempts"`
	Unsteady string     `json:"unsteady,omitempty"`
	Stalls   []Stall    `json:"stalls,omitempty"` // that consumers were told to make, ns after the first message was due
}

// Manifest describes the run; command is how it was called.
func (r *Report) Manifest(command []string) Manifest {
	m := Manifest{
		Format: ManifestFormat, Command: command, Suite: r.Suite, Began: r.Began.UTC().Truncate(time.Second),
		Seconds: r.Elapsed.Seconds(), Host: r.Host, Warnings: r.Host.Warnings(), Clock: r.Clock,
		Pinning: ManifestPinning{r.Pinned, r.CPUs, r.side(false), r.side(true)}, Repeated: r.Repeats,
		Harness: map[string]float64{}, Kernel: r.Kernel, Overhead: r.Overhead,
		Method: ManifestMethod{
			StreamFloor:   fmt.Sprintf("as the row if everyone has a processor, else 1x1; one 8-byte word a cache line, window of %d lines, credit every %d", floorWindow, floorEvery),
			PingPongFloor: fmt.Sprintf("1x1, one 8-byte word each way, %d bytes apart", floorPong-floorPing),

			FloorTolerance: floorTolerance, LeastShare: leastShare,
		},
	}
	for payload, ns := range r.Harness {
		m.Harness[fmt.Sprint(payload)] = ns
	}
	for _, f := range r.Floors {
		m.Floors = append(m.Floors, ManifestFloor{f.Name, f.N, f.Min, f.Median, f.Max, f.Swing})
	}
	for _, row := range r.Rows {
		if row.Fail != "" {
			m.Failed = append(m.Failed, row.Spec.Name()+": "+row.Fail)
			continue
		}
		mr := ManifestRow{
			Name: row.Spec.Name(), Marks: row.Marks, Counts: row.Counts,
			Latency: manifestLatency(row.Latency, HistogramFile(row.Spec.Name())),
			Lag:     manifestLatency(row.Lag, ""),
		}
		for _, x := range row.Samples {
			mr.Samples = append(mr.Samples, ManifestSample{
				x.Nanos, x.Floors, x.XFloor, x.Share, x.Idle, x.Retried, x.Attempts, x.Unsteady, x.Stalls,
			})
		}
		m.Rows = append(m.Rows, mr)
	}
	return m
}

// WriteJSON writes the manifest, which holds every figure, to w.
func (r *Report) WriteJSON(w io.Writer, command []string) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r.Manifest(command))
}

// RecordName is the usual name of a record: date, host, commit.
func RecordName(h Host, at time.Time) string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "host"
	}
	host = strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, host)
	commit := h.Commit
	if commit == "" {
		commit = "unknown"
	}
	if commit = commit[:min(7, len(commit))]; h.Dirty {
		commit += "-dirty"
	}
	return at.UTC().Format("2006-01-02") + "-" + host + "-" + commit
}

// Save writes the record to dir: all of it, or nothing.
func (r *Report) Save(dir string, command []string) error {
	files := []File{
		{BenchFile, r.WriteBench},
		{ManifestFile, func(w io.Writer) error { return r.WriteJSON(w, command) }},
	}
	for _, row := range r.Rows {
		if row.Latency != nil && row.Fail == "" {
			files = append(files, File{HistogramFile(row.Spec.Name()), row.Latency.WritePercentiles})
		}
	}
	return SaveRecord(dir, files...)
}
