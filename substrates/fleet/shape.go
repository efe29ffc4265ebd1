package fleet

import (
	"fmt"
	"hash/fnv"
	"reflect"
	"strings"

	"github.com/orbitring/orbit/ring/layout"
)

// shape is what members must agree on about a Go type.
type shape struct {
	name string // package path and name, its end if too long
	text string // every field with its type and offset, and the size
	size uint32
}

// shapeOf describes a type whose values can be shared: of fixed size, without
// pointers. The error is a *ShapeError that names the first field that cannot.
func shapeOf(t reflect.Type) (shape, error) {
	var text strings.Builder
	if err := describe(&text, t, t, ""); err != nil {
		return shape{}, err
	}
	if t.Size() > layout.MaxPayload {
		return shape{}, &ShapeError{Type: t.String(), Rule: fmt.Sprintf("has %d bytes, the limit is %d", t.Size(), layout.MaxPayload)}
	}
	name := t.String()
	if t.Name() != "" && t.PkgPath() != "" {
		name = t.PkgPath() + "." + t.Name()
	}
	if over := len(name) - layout.MaxTypeName; over > 0 {
		name = name[over:]
	}
	return shape{name: name, text: text.String(), size: uint32(t.Size())}, nil
}

// fingerprint hashes the shape; 0 means untyped and is no shape's.
func (s shape) fingerprint() uint64 {
	h := fnv.New64a()
	h.Write([]byte(s.text))
	return max(h.Sum64(), 1)
}

// describe writes the shape of t, which lies at path within whole.
func describe(to *strings.Builder, whole, t reflect.Type, path string) error {
	bad := func(rule string) error {
		return &ShapeError{Type: whole.String(), Field: strings.TrimPrefix(path, "."), Rule: rule}
	}
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		fmt.Fprintf(to, "%s=%s:%d", t, t.Kind(), t.Size())
	case reflect.Array:
		fmt.Fprintf(to, "[%d]", t.Len())
		return describe(to, whole, t.Elem(), path+"[]")
	case reflect.Struct:
		to.WriteString("{")
		for i := range t.NumField() {
			f := t.Field(i)
			fmt.Fprintf(to, "%s@%d ", f.Name, f.Offset)
			if err := describe(to, whole, f.Type, path+"."+f.Name); err != nil {
				return err
			}
			to.WriteString("; ")
		}
		fmt.Fprintf(to, "}%d", t.Size())
	case reflect.Pointer, reflect.UnsafePointer, reflect.Uintptr:
		return bad(fmt.Sprintf("is a %s: an address means nothing in another process", t))
	default:
		return bad(fmt.Sprintf("is a %s: its contents lie elsewhere, in this process alone; use numbers, bool, arrays and structs of them", t))
	}
	return nil
}
