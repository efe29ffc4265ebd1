package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/orbitring/orbit/bench/gate"
)

const hgrm = `       Value	Percentile	TotalCount	1/(1-Percentile)

       0.250     0.000000            1         1.00
       0.300     0.500000          500         2.00
       0.900     0.990000          990       100.00
      12.000     0.999900         1000     10000.00
      12.000     1.000000         1000          inf
#[Mean    =        0.400, StdDeviation   =        0.100]
#[Max     =       12.000, Total count    =         1000]
#[Buckets =           32, SubBuckets     =         2048]
`

// records makes a folder of each kind.
func records(t *testing.T) []string {
	t.Helper()
	root := t.TempDir()
	write := func(dir, name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var bench strings.Builder
	var rows []map[string]any
	bench.WriteString("goos: linux\ngoarch: amd64\n\n")
	add := func(name string, ns float64) {
		fmt.Fprintf(&bench, "Benchmark%s 1000 %g ns/op %g x-floor\n", name, ns, ns/5)
		rows = append(rows, map[string]any{"name": name, "samples": []any{map[string]any{"ns_op": ns, "x_floor": ns / 5}}})
	}
	add("Floor/mode=stream/topology=1x1", 5)
	for i, payload := range []int{8, 64, 1024} {
		add(fmt.Sprintf("Orbit/mode=stream/topology=1x1/ring=lane/payload=%d/capacity=8192/stride=64", payload), 10*float64(1+i*i))
		add(fmt.Sprintf("Orbit/mode=stream/topology=1x1/ring=shared/payload=%d/capacity=8192/stride=64", payload), 60*float64(1+i))
		add(fmt.Sprintf("Peer/peer=pipe/mode=stream/topology=1x1/payload=%d", payload), 800)
	}
	rate := "Orbit/mode=rate/topology=1x1/ring=lane/payload=64/capacity=8192/stride=128/wait=auto/rate=100000/burst=1/idle=0s"
	add(rate, 300)
	manifest, err := json.Marshal(map[string]any{
		"format": 1, "began": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "command": []string{"orbitbench", "run", "<b>"}, "rows": rows,
		"host": map[string]any{"cpu": "a <script>alert(1)</script> processor", "kernel": "6.1"}, "warnings": []string{"no governor"},
	})
	if err != nil {
		t.Fatal(err)
	}
	write("run", "bench.txt", bench.String())
	write("run", "manifest.json", string(manifest))
	write("run", strings.ReplaceAll(rate, "/", ",")+".hgrm", hgrm)
	write("ab", "ab.json", `{"format":1,"command":["orbitbench","ab"],"old":{"path":"./old"},"new":{"path":"./new","commit":"abc","dirty":true},"rounds":30,"seconds":40,
		"judgement":{"rule":{"threshold":0.05,"alpha":0.05},"interleaved":true,"verdict":"regression","findings":[
		{"row":"BenchmarkOrbit/mode=stream/ring=lane","unit":"x-floor","old":8,"new":9,"n":30,"ratio":1.12,"ratio_lo":1.09,"ratio_hi":1.15,"p":0.0001,"p_holm":0.0002,"verdict":"regression"},
		{"row":"BenchmarkOrbit/mode=stream/ring=shared","unit":"x-floor","old":8,"new":8,"n":30,"ratio":1,"ratio_lo":0.99,"ratio_hi":1.01,"p":0.7,"p_holm":0.7,"verdict":"no difference"}]}}`)
	write("tune", "tune.json", `{"format":1,"command":["orbitbench","tune"],"load":{"payload":64,"rate":100000,"burst":1,"writers":1,"readers":1,"stall_ns":10000000,"budget":67108864},
		"pick":{"ring":"lane","wait":"auto","capacity":2048,"stride":128,"bytes":262784,"samples":3,"p50_ns":600,"p99_ns":9000000},
		"confirmed":{"samples":5},"half":{"samples":5,"lossy":5,"lost":10,"sent":100},
		"trials":[{"ring":"lane","wait":"auto","capacity":2048,"stride":128,"bytes":262784,"samples":3,"sent":1000,"p50_ns":600,"p99_ns":9000000},
		{"ring":"lane","wait":"park","capacity":1024,"stride":128,"bytes":131712,"samples":3,"lossy":3,"lost":9,"sent":1000,"p50_ns":52000,"p99_ns":9000000}]}`)
	return []string{filepath.Join(root, "run"), filepath.Join(root, "ab"), filepath.Join(root, "tune")}
}

func write(t *testing.T, dirs ...string) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, dirs...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestThePageHasEverythingAndAsksForNothing(t *testing.T) {
	page := write(t, records(t)...)
	for _, want := range []string{"REGRESSION", "orbit lane", "pipe", "100000", "fleet.Spec{", "2048", "no governor", "commit abc and changes", "5 of 5 fresh runs", "0 of 5 fresh runs", "&lt;script&gt;"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(page, "<svg"); n != 3 {
		t.Errorf("%d pictures, want throughput, latency and frontier", n)
	}
	bare := strings.ReplaceAll(page, "http://www.w3.org/", "")
	for _, bad := range []string{"<script", "http://", "https://", "@import", "url("} {
		if strings.Contains(bare, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}

func TestWhatIsNotAWholeRecordIsRefused(t *testing.T) {
	dirs := records(t)
	spoil := func(path string, f func(string) string) {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(f(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	half := func(s string) string { return s[:len(s)/2] }
	newer := func(s string) string { return strings.Replace(s, `"format":1`, `"format":9`, 1) }
	curves, _ := filepath.Glob(filepath.Join(dirs[0], "*.hgrm"))
	for _, c := range []struct {
		path string
		f    func(string) string
		want string
	}{
		{curves[0], half, "cut off"}, {dirs[0] + "/manifest.json", half, "cut off"}, {dirs[0] + "/manifest.json", newer, "format 9"},
		{dirs[1] + "/ab.json", half, "cut off"}, {dirs[1] + "/ab.json", newer, "format 9"}, {dirs[2] + "/tune.json", newer, "format 9"},
		{dirs[2] + "/tune.json", func(string) string { return "{}" }, "no trials"},
	} {
		kept, err := os.ReadFile(c.path)
		if err != nil {
			t.Fatal(err)
		}
		spoil(c.path, c.f)
		var b bytes.Buffer
		if err := Write(&b, dirs...); !errors.Is(err, gate.ErrRecord) || !strings.Contains(err.Error(), c.want) || b.Len() > 0 {
			t.Errorf("%s: %v (%d bytes written), want %q", filepath.Base(c.path), err, b.Len(), c.want)
		}
		spoil(c.path, func(string) string { return string(kept) })
	}
	if err := Write(&bytes.Buffer{}, t.TempDir()); !errors.Is(err, gate.ErrRecord) {
		t.Errorf("an empty folder: %v", err)
	}
}

// browser is Chromium, where there is one.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium here: the page was not opened in a browser")
	return ""
}

// open lets the browser load the page and returns its log.
func open(t *testing.T, browser, url string, flags ...string) (stdout, log string) {
	t.Helper()
	cmd := exec.Command(browser, append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--user-data-dir=" + t.TempDir(), "--enable-logging=stderr", "--hide-scrollbars",
	}, append(flags, url)...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	return out.String(), errs.String()
}

func TestABrowserRendersThePageWithoutAConsoleMessage(t *testing.T) {
	chromium := browser(t)
	page := write(t, records(t)...)
	asked := make(chan string, 64)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		switch r.URL.Path {
		case "/page":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, page)
		default:
			http.NotFound(w, r)
		}
	}))
	var err error
	if server.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	server.Start()
	defer server.Close()

	picture := filepath.Join(t.TempDir(), "page.png")
	_, log := open(t, chromium, server.URL+"/page", "--window-size=1100,2600", "--screenshot="+picture)
	if strings.Contains(log, "CONSOLE") {
		t.Errorf("the console says:\n%s", log)
	}
	f, err := os.Open(picture)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	// The blue of the first series must be there: bars and curves were drawn.
	blue := 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, g, b, _ := img.At(x, y).RGBA(); r>>8 == 0x2f && g>>8 == 0x81 && b>>8 == 0xe0 {
				blue++
			}
		}
	}
	if blue < 1000 {
		t.Errorf("%d pixels of the first series: the pictures are not there", blue)
	}
	close(asked)
	for path := range asked {
		if path != "/page" {
			t.Errorf("the page made the browser ask for %s", path)
		}
	}
	dom, _ := open(t, chromium, "file://"+saved(t, page), "--dump-dom")
	for _, want := range []string{"<svg", "REGRESSION", "Environment"} {
		if !strings.Contains(dom, want) {
			t.Errorf("what the browser shows lacks %q", want)
		}
	}
}

func TestTheConsoleIsHeard(t *testing.T) {
	chromium := browser(t)
	_, log := open(t, chromium, "file://"+saved(t, `<!DOCTYPE html><script>console.error("heard")</script>`), "--dump-dom")
	if !strings.Contains(log, "CONSOLE") || !strings.Contains(log, "heard") {
		t.Errorf("a console error does not show in the log:\n%s", log)
	}
}

func saved(t *testing.T, page string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
