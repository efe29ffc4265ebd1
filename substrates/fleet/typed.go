package fleet

import (
	"fmt"
	"reflect"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
)

// Kinder is a type that names its kind, 1 to 191, always the same:
//
//	type Quote struct { Price, Volume int64 }
//
//	func (Quote) OrbitKind() uint8 { return 7 }
type Kinder interface{ OrbitKind() uint8 }

// Item is a typed value as a reader gets it.
type Item[T any] struct {
	ID      netid64.ID // zero when there is none
	Version uint64     // the publisher's
	Op      uint8      // the publisher's
	Value   T
}

// Typed publishes and reads the values of one Go type, whose kind's ring carries
// exactly these. Any number of goroutines may use it, until the fleet is closed.
type Typed[T Kinder] struct {
	*Family
}

// Of opens the kind that T names for values of T. What Define said about its
// ring holds, but the payload is T. It checks T once, so what follows does not.
// Errors: ErrShape if T has pointers or a size that varies; *layout.MismatchError
// with both names, or both shapes, if the kind carries another type, or T as it
// was before a change; and those of Family.
func Of[T Kinder](f *Fleet) (Typed[T], error) { return of[T](f, nil) }

// OfSpec is Of for a ring that looks like s, whose payload and type are T
// whatever s says. Another Spec for the same kind is a *layout.MismatchError.
func OfSpec[T Kinder](f *Fleet, s Spec) (Typed[T], error) { return of[T](f, &s) }

func of[T Kinder](f *Fleet, geometry *Spec) (Typed[T], error) {
	var zero T
	s, err := shapeOf(reflect.TypeFor[T]())
	if err != nil {
		return Typed[T]{}, err
	}
	kind := zero.OrbitKind()
	if err := userKind(kind); err != nil {
		return Typed[T]{}, fmt.Errorf("%s: %w", s.name, err)
	}
	a, err := f.openTyped(kind, s, geometry)
	return Typed[T]{a}, err
}

// openTyped opens a kind for values of a shape. The first type that asks gets
// the kind; what was defined before says what its ring looks like, and asked
// must say the same.
func (f *Fleet) openTyped(kind uint8, s shape, asked *Spec) (*Family, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	known, ok := f.specs[kind]
	if known.TypeName != "" && known.TypeName != s.name {
		return nil, &layout.MismatchError{Field: fmt.Sprintf("type of kind %d", kind),
			Have: fmt.Sprintf("%q", known.TypeName), Want: fmt.Sprintf("%q", s.name)}
	}
	if text := f.shapes[kind]; text != "" && text != s.text {
		return nil, &layout.MismatchError{Field: fmt.Sprintf("shape of type %q", s.name), Have: text, Want: s.text}
	}
	want := known.of(s)
	if known.Payload != 0 && known.Payload != want.Payload {
		return nil, &layout.MismatchError{Field: "payload capacity of the Spec",
			Have: fmt.Sprint(known.Payload), Want: fmt.Sprintf("%d, the size of %s", s.size, s.name)}
	}
	if asked != nil {
		if ok {
			if err := f.same(kind, want, asked.of(s)); err != nil {
				return nil, err
			}
		}
		want = asked.of(s)
	}
	a, err := f.open(kind, want, true)
	if err != nil {
		return nil, err
	}
	f.shapes[kind] = s.text
	return a, nil
}

// of is s for the values of a shape.
func (s Spec) of(v shape) Spec {
	s.Payload, s.TypeName, s.Fingerprint = v.size, v.name, v.fingerprint()
	if v.size == 0 {
		s.Payload = NoPayload
	}
	return s
}

// same checks that two Specs mean the same ring.
func (f *Fleet) same(kind uint8, have, want Spec) error {
	h, err := have.identity(kind, f.size)
	if err != nil {
		return err
	}
	w, err := want.identity(kind, f.size)
	if err != nil {
		return err
	}
	return h.Match(w)
}

// Publish publishes a value as this node; see Family.Publish. *v must not change
// meanwhile. Bytes between its fields go along as they are.
func (t Typed[T]) Publish(op uint8, version uint64, v *T) (netid64.ID, error) {
	return t.Family.Publish(op, version, bytesOf(v))
}

// Read copies the value with this id into to. False: it is not there, and to
// holds nothing of use.
func (t Typed[T]) Read(id netid64.ID, to *Item[T]) (bool, error) {
	f := ring.Frame{Payload: bytesOf(&to.Value)}
	ok, err := t.ring.Read(id, &f)
	if ok && to.label(&f) {
		return true, nil
	}
	return refuse(&f, ok, err, len(bytesOf(&to.Value)))
}

// ReadHead copies the newest value into to, as Read does. A ring with several
// lanes has none: ErrLanes, ask ReadHeadOf.
func (t Typed[T]) ReadHead(to *Item[T]) (bool, error) {
	if t.lanes > 1 {
		return false, ErrLanes
	}
	f := ring.Frame{Payload: bytesOf(&to.Value)}
	ok, err := t.ring.Newest(0, &f)
	if ok && to.label(&f) {
		return true, nil
	}
	return refuse(&f, ok, err, len(bytesOf(&to.Value)))
}

// ReadHeadOf copies the newest value of a node into to, as Read does; see
// Family.ReadHeadOf.
func (t Typed[T]) ReadHeadOf(node uint16, to *Item[T]) (bool, error) {
	f := ring.Frame{Payload: bytesOf(&to.Value)}
	ok, err := t.Family.ReadHeadOf(node, &f)
	if ok && to.label(&f) {
		return true, nil
	}
	return refuse(&f, ok, err, len(bytesOf(&to.Value)))
}

// label completes an item whose value was copied into it, if the frame is a T.
func (i *Item[T]) label(f *ring.Frame) bool {
	i.ID, i.Version, i.Op = f.ID, f.Version, f.Op
	return len(f.Payload) == len(bytesOf(&i.Value))
}

// refuse is the answer when there is no frame, or one of another size.
func refuse(f *ring.Frame, ok bool, err error, size int) (bool, error) {
	if ok {
		err = &FrameError{ID: f.ID, Have: len(f.Payload), Want: size}
	}
	return false, err
}

// Cursor makes a typed cursor for one goroutine, which closes it when done.
func (t Typed[T]) Cursor(from ring.Start) (*Cursor[T], error) {
	c, err := t.ring.Cursor(from)
	if err != nil {
		return nil, err
	}
	return &Cursor[T]{Cursor: c}, nil
}
