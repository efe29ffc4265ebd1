package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/orbitring/orbit/"

// mayImport lists, for each room, the rooms that its code may import. Tests
// may import more: they hand a segment to a ring.
var mayImport = map[string][]string{
	"netid64":                    {},
	"ring/layout":                {},
	"ring/internal/slotcopy":     {"ring/layout"},
	"ring/internal/futex":        {},
	"ring/internal/killtest":     {},
	"ring/internal/hammer":       {},
	"ring":                       {"netid64", "ring/layout", "ring/internal/slotcopy", "ring/internal/futex"},
	"ring/shm":                   {"ring/layout"},
	"substrates/fleet":           {"netid64", "ring/layout", "ring", "ring/shm"},
	"substrates/fleet/fleettest": {"ring/shm", "substrates/fleet", "internal/proctest"},
	"substrates/orbital":         {"netid64", "ring/layout", "ring", "ring/shm", "substrates/fleet"},
	"substrates/event":           {"netid64", "ring/layout", "ring", "ring/shm", "substrates/fleet"},
	"substrates/heartbeat":       {"netid64", "ring/layout", "ring", "ring/shm", "substrates/fleet"},
	"substrates/metrics":         {"netid64", "ring/layout", "ring", "ring/shm", "substrates/fleet"},
	"substrates/cache":           {"netid64", "ring/layout", "ring", "ring/shm", "substrates/fleet"},
	"substrates/contest":         {"netid64", "ring/layout", "ring", "ring/shm", "substrates/fleet"},
	"bench":                      {"netid64", "ring/layout", "ring", "ring/shm", "bench"},
	"internal/killpoint":         {},
	"internal/proctest":          {},
	"internal/house":             {},
	"examples": {"netid64", "ring/layout", "ring", "substrates/fleet", "substrates/orbital", "substrates/heartbeat",
		"substrates/metrics", "substrates/cache", "substrates/event", "substrates/contest"},
	"inspect": {"netid64", "ring/layout", "ring", "ring/shm", "substrates/fleet", "substrates/event", "substrates/heartbeat",
		"substrates/cache", "substrates/contest"},
	"cmd/orbitbench": {"bench", "internal/cli"},
	"cmd/orbit":      {"inspect", "internal/cli"},
	"internal/cli":   {},
	"bridge/nats": {"netid64", "ring/layout", "ring", "ring/shm", "substrates/fleet", "substrates/event", "substrates/cache",
		"substrates/contest"},
	"bridge/nats/cmd/orbitbridge":    {"bridge/nats", "substrates/event", "substrates/cache"},
	"bridge/nats/examples/two-hosts": {"bridge/nats", "ring", "substrates/fleet", "substrates/event"},
	"scripts/truth":                  {"bench"},
}

// room returns the listed room that a folder belongs to.
func room(dir string) string {
	for d := dir; d != "."; d = filepath.ToSlash(filepath.Dir(d)) {
		if _, ok := mayImport[d]; ok {
			return d
		}
	}
	return ""
}

// files calls visit for every file of the repository with its slash path.
func files(t *testing.T, visit func(path string)) {
	t.Helper()
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "results" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if !d.IsDir() {
			visit(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func parse(t *testing.T, path string, mode parser.Mode) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("../..", path), nil, mode)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestImportsRunOneWay(t *testing.T) {
	seen := 0
	files(t, func(path string) {
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return
		}
		from := room(filepath.ToSlash(filepath.Dir(path)))
		if from == "" {
			t.Errorf("%s: its folder is not in the list of rooms", path)
			return
		}
		for _, imp := range parse(t, path, parser.ImportsOnly).Imports {
			to, _ := strconv.Unquote(imp.Path.Value)
			to, ours := strings.CutPrefix(to, module)
			if !ours {
				continue
			}
			seen++
			if r := room(to); r != from && !slices.Contains(mayImport[from], r) {
				t.Errorf("%s imports %s: %s may import only %v", path, to, from, mayImport[from])
			}
		}
	})
	if seen == 0 {
		t.Error("saw no import at all")
	}
}

// The library must not come to depend on NATS, nor on anything else that only a
// nested module needs.
func TestNothingStandsOnANestedModule(t *testing.T) {
	for from, may := range mayImport {
		for _, to := range may {
			if strings.HasPrefix(to, "bridge/") && !strings.HasPrefix(from, "bridge/") {
				t.Errorf("%s may import %s, which is a module of its own", from, to)
			}
		}
	}
	if _, err := os.Stat("../../bridge/nats/go.mod"); err != nil {
		t.Error(err)
	}
}

func TestUnsafeLivesInItsOwnFiles(t *testing.T) {
	seen := 0
	files(t, func(path string) {
		if !strings.HasSuffix(path, ".go") {
			return
		}
		for _, imp := range parse(t, path, parser.ImportsOnly).Imports {
			if imp.Path.Value != `"unsafe"` {
				continue
			}
			seen++
			stem := strings.TrimSuffix(strings.TrimSuffix(path, ".go"), "_test")
			if !regexp.MustCompile(`_unsafe(_[a-z0-9]+)*$`).MatchString(stem) {
				t.Errorf("%s imports unsafe: only *_unsafe.go may", path)
			}
		}
	})
	if seen == 0 {
		t.Error("saw no unsafe at all")
	}
}

func TestAssemblyLivesInSlotcopyAndThereIsNoCgoAndNoLinkname(t *testing.T) {
	seen := 0
	files(t, func(path string) {
		if strings.HasSuffix(path, ".s") {
			seen++
			if filepath.ToSlash(filepath.Dir(path)) != "ring/internal/slotcopy" {
				t.Errorf("%s: assembly outside slotcopy", path)
			}
		}
		if !strings.HasSuffix(path, ".go") {
			return
		}
		for _, imp := range parse(t, path, parser.ImportsOnly).Imports {
			if imp.Path.Value == `"C"` {
				t.Errorf("%s uses cgo", path)
			}
		}
		text, err := os.ReadFile(filepath.Join("../..", path))
		if err != nil {
			t.Fatal(err)
		}
		if regexp.MustCompile(`(?m)^//go:linkname`).Match(text) {
			t.Errorf("%s uses linkname", path)
		}
	})
	if seen == 0 {
		t.Error("saw no assembly at all")
	}
}

var orderLabel = regexp.MustCompile(`(?m)(?://.*|^\s*\*.*)order: ([a-z]+)`)

func TestEveryOrderingLabelHasTwoEnds(t *testing.T) {
	count := make(map[string]int)
	files(t, func(path string) {
		if !strings.HasPrefix(path, "ring/") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "doc.go") {
			return
		}
		text, err := os.ReadFile(filepath.Join("../..", path))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range orderLabel.FindAllSubmatch(text, -1) {
			count[string(m[1])]++
		}
	})
	for label, n := range count {
		if n < 2 {
			t.Errorf("order: %s has one end only", label)
		}
	}
	if len(count) < 3 {
		t.Errorf("found only the labels %v", count)
	}
}

func TestEveryExportedSymbolHasAComment(t *testing.T) {
	files(t, func(path string) {
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return
		}
		f := parse(t, path, parser.ParseComments)
		if f.Name.Name == "main" || strings.HasSuffix(path, "/elsewhere.go") { // the same names for other systems
			return
		}
		missing := func(name string) { t.Errorf("%s: %s has no comment", path, name) }
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
					switch d.Name.Name {
					case "Error", "Unwrap", "Is", "String": // what they do is their name
					default:
						missing(d.Name.Name)
					}
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
							missing(s.Name.Name)
						}
					case *ast.ValueSpec:
						for _, n := range s.Names {
							if n.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
								missing(n.Name)
							}
						}
					}
				}
			}
		}
	})
}

// exportedReceiver says that d is a function, or a method of an exported type.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	t := d.Recv.List[0].Type
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	id, ok := t.(*ast.Ident)
	return ok && id.IsExported()
}
