package ring_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

var update = flag.Bool("update-golden", false, "write the golden images of the layout that this code makes")

// golden is where the images of a layout lie.
func golden(major, minor uint16) string {
	return filepath.Join("testdata", fmt.Sprintf("layout-%d.%d", major, minor))
}

// goldenShapes are the rings of the images, each with an aux area.
var goldenShapes = map[string]layout.Identity{
	"lane":   {Kind: 7, Geometry: layout.Geometry{Topology: layout.Lane, Lanes: 2, Capacity: 4, Payload: 100, Aux: 128}},
	"shared": {Kind: 9, Geometry: layout.Geometry{Topology: layout.Shared, Capacity: 8, Payload: 40, Aux: 128}},
}

// makeImage builds the segment of a shape with the same past every time: two
// nodes, more than a lap, a reset, and at the end a writer inside a slot. The
// shared ring also has a hole.
func makeImage(t *testing.T, id layout.Identity) []byte {
	t.Helper()
	id.Fingerprint, id.TypeName = 0x0123456789abcdef, "golden.Type"
	m, err := ring.NewMemory(id)
	fine(t, err)
	id = m.Identity()
	id.Created, id.Instance, id.Minor = time.Unix(1_700_000_000, 123), 42, layout.Minor
	id.Encode(m.Bytes())
	r, err := ring.Open(m)
	fine(t, err)
	var w [2]*ring.Writer
	for n := range w {
		w[n], err = r.Writer(uint16(n))
		fine(t, err)
	}
	publish := func(n, times int) {
		for i := range times {
			_, err := w[n].Publish(uint8(n+1), uint64(100*n+i), []byte(strings.Repeat(string(rune('a'+i)), i*i)))
			fine(t, err)
		}
	}
	publish(0, 2)
	publish(1, 1)
	fine(t, r.Reset())
	publish(0, 5)
	publish(1, 2)
	if id.Geometry.Topology == layout.Shared {
		res, err := w[0].Reserve(1)
		fine(t, err)
		res.Abort()
	}
	publish(1, 1)
	_, err = w[1].Reserve(3)
	fine(t, err)
	for i := range r.Aux() {
		r.Aux()[i] = byte(i)
	}
	return m.Bytes()
}

// over is a region of bytes that others wrote.
type over struct {
	ring.Region
	id layout.Identity
}

func (o over) Identity() layout.Identity { return o.id }
func (o over) ReadOnly() bool            { return true }

// load makes a region of an image, as far as this code reads its layout.
func load(image []byte) (ring.Region, error) {
	id, err := layout.Decode(image, uint64(len(image)))
	if err != nil {
		return nil, err
	}
	m, err := ring.NewMemory(id)
	if err != nil {
		return nil, err
	}
	copy(m.Bytes(), image)
	return over{m, id}, nil
}

// contents tells all that can be read from an image.
func contents(t *testing.T, image []byte) string {
	t.Helper()
	region, err := load(image)
	fine(t, err)
	var b strings.Builder
	id := region.Identity()
	fmt.Fprintf(&b, "kind %d, %v, geometry %+v\ntype %q %#x, created %d, instance %d\n", id.Kind, id.Geometry.Topology,
		id.Geometry, id.TypeName, id.Fingerprint, id.Created.UnixNano(), id.Instance)
	r, err := ring.Open(region)
	fine(t, err)
	defer r.Close()
	c, err := r.Cursor(ring.At(0))
	fine(t, err)
	defer c.Close()
	c.SetStallLimit(0)
	f := r.NewFrame()
	for empty := 0; empty < 2000; {
		ok, err := c.Next(&f)
		fine(t, err)
		if !ok {
			empty++
			continue
		}
		fmt.Fprintf(&b, "frame %v op %d version %d payload %s\n", f.ID, f.Op, f.Version, hex.EncodeToString(f.Payload))
	}
	for lane := range r.Lanes() {
		ok, err := r.Newest(lane, &f)
		fine(t, err)
		fmt.Fprintf(&b, "lane %d: head %d, floor %d, cursor at %d, lost %+v, newest %v %v\n",
			lane, r.Head(lane), r.Floor(lane), c.Position(lane), c.LaneLoss(lane), ok, f.ID)
	}
	fmt.Fprintf(&b, "aux %s\n", hex.EncodeToString(r.Aux()))
	return b.String()
}

func TestThisCodeWritesTheGoldenImageOfItsLayout(t *testing.T) {
	dir := golden(layout.Major, layout.Minor)
	for name, id := range goldenShapes {
		path := filepath.Join(dir, name)
		made := makeImage(t, id)
		if *update {
			fine(t, os.MkdirAll(dir, 0o777))
			fine(t, os.WriteFile(path+".img", made, 0o666))
			fine(t, os.WriteFile(path+".txt", []byte(contents(t, made)), 0o666))
		}
		want, err := os.ReadFile(path + ".img")
		fine(t, err)
		if !bytes.Equal(made, want) {
			i := 0
			for i < min(len(made), len(want)) && made[i] == want[i] {
				i++
			}
			t.Errorf("%s: %d bytes, want %d; they differ from byte %d on: a change of the layout needs a new version and an image of its own",
				name, len(made), len(want), i)
		}
	}
}

func TestEveryReleasedLayoutIsReadOrRefusedByName(t *testing.T) {
	images, err := filepath.Glob("testdata/layout-*/*.img")
	fine(t, err)
	if len(images) < 2 {
		t.Fatalf("images: %v", images)
	}
	for _, path := range images {
		image, err := os.ReadFile(path)
		fine(t, err)
		if _, err := load(image); err != nil {
			detail, ok := errors.AsType[*layout.HeaderError](err)
			if !ok || !errors.Is(err, layout.ErrForeign) || detail.Field != "layout major version" {
				t.Errorf("%s is refused, but not by its version: %v", path, err)
			}
			continue
		}
		want, err := os.ReadFile(strings.TrimSuffix(path, ".img") + ".txt")
		fine(t, err)
		if got := contents(t, image); got != string(want) {
			t.Errorf("%s reads as\n%swant\n%s", path, got, want)
		}
	}
}

func TestALaterMinorIsReadAndAnotherMajorIsRefusedByName(t *testing.T) {
	image := makeImage(t, goldenShapes["lane"])
	later := func(offset int) []byte {
		b := bytes.Clone(image)
		b[offset]++
		sum := fnv.New64a()
		sum.Write(b[:layout.CheckOffset])
		binary.LittleEndian.PutUint64(b[layout.CheckOffset:], sum.Sum64())
		return b
	}
	if contents(t, later(layout.MinorOffset)) != contents(t, image) {
		t.Error("a later minor reads otherwise")
	}
	_, err := load(later(layout.MajorOffset))
	detail, ok := errors.AsType[*layout.HeaderError](err)
	if !ok || !errors.Is(err, layout.ErrForeign) || detail.Field != "layout major version" ||
		detail.Have != fmt.Sprint(layout.Major+1) || detail.Want != fmt.Sprint(layout.Major) {
		t.Errorf("another major: %v", err)
	}
}

func fine(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
