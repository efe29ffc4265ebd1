//go:build 386 || arm

package shm

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/orbitring/orbit/ring/layout"
)

func TestA32BitBuildRefusesToShare(t *testing.T) {
	id := layout.Identity{Kind: 1, Geometry: layout.Geometry{Topology: layout.Shared, Capacity: 2}}
	dir := t.TempDir()
	o := Options{Dir: dir}
	name, err := NameOf("f", 1, uint32(os.Geteuid()))
	if err != nil {
		t.Fatal(err)
	}
	_, openErr := Open(name, id, o)
	_, attachErr := Attach(name, o)
	_, observeErr := Observe(name, o)
	_, unnamedErr := Unnamed(id, o)
	_, fileErr := AttachFile(nil, false)
	_, listErr := List(o, "f")
	for what, err := range map[string]error{
		"open": openErr, "attach": attachErr, "observe": observeErr, "unnamed": unnamedErr,
		"attach file": fileErr, "list": listErr, "remove": Remove(name, o),
	} {
		var detail *UnsupportedError
		if !errors.Is(err, ErrUnsupported) || !errors.Is(err, errors.ErrUnsupported) || !errors.As(err, &detail) ||
			!strings.Contains(err.Error(), "64-bit") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}
