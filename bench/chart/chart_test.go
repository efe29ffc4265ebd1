package chart

import (
	"encoding/xml"
	"io"
	"math"
	"os"
	"strings"
	"testing"
)

// pictures are one of each kind.
func pictures(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	keep := func(name, svg string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(name, err)
		}
		all[name] = svg
	}
	var fast, slow Curve
	fast.Name, slow.Name = "lane, 64 B, 100k/s <park>", "shared, 64 B, 100k/s"
	for x := 1.0; x < 2e5; x *= 1.3 {
		fast.Points = append(fast.Points, Point{1 - 1/x, 300 * math.Pow(x, 0.3)})
		slow.Points = append(slow.Points, Point{1 - 1/x, 900 * math.Pow(x, 0.55)})
	}
	svg, err := Percentiles("Latency from the intended send time", []Curve{fast, slow})
	keep("percentiles", svg, err)
	svg, err = Throughput("Stream, 1x1", "messages a second", []string{"orbit lane", "orbit shared", "pipe", "unix socket", "channel"}, []Group{
		{"8 B", []float64{1e8, 2e7, 1.2e6, 1e6, 9e6}}, {"64 B", []float64{4e7, 1.2e7, 1e6, 9e5, math.NaN()}},
		{"1024 B", []float64{8e6, 6e6, 9e5, 8e5, 7e6}},
	}, 2.1e8)
	keep("throughput", svg, err)
	svg, err = Frontier("What holds", []Try{
		{"lane auto", 262144, 600, false, true}, {"lane auto", 131072, 590, true, false},
		{"lane park", 262144, 52000, false, false}, {"lane park", 131072, 50000, true, false}, {"lane auto", 524288, 580, false, false},
	})
	keep("frontier", svg, err)
	return all
}

func TestPicturesAreWholeXMLAndLeaveTheirInkToThePage(t *testing.T) {
	for name, svg := range pictures(t) {
		for _, s := range []string{svg, Standalone(svg)} {
			d := xml.NewDecoder(strings.NewReader(s))
			for {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatal(name, err)
				}
			}
			if !strings.Contains(s, "currentColor") || strings.Contains(s, "#010203") {
				t.Errorf("%s has ink of its own", name)
			}
			if strings.Contains(s, "<script") || strings.Contains(strings.ReplaceAll(s, "http://www.w3.org/", ""), "http") {
				t.Errorf("%s is not self-contained", name)
			}
		}
		if dir := os.Getenv("ORBIT_PICTURES"); dir != "" {
			if err := os.WriteFile(dir+"/"+name+".svg", []byte(Standalone(svg)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAPictureOfNothingIsAnError(t *testing.T) {
	if _, err := Percentiles("", nil); err == nil {
		t.Error("percentiles of nothing")
	}
	if _, err := Throughput("", "", nil, nil, 1); err == nil {
		t.Error("bars of nothing")
	}
	if _, err := Frontier("", nil); err == nil {
		t.Error("a frontier of nothing")
	}
}
