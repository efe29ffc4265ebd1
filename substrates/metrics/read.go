package metrics

import (
	"time"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Sample is a measurement as a reader gets it; its id says which node made it.
type Sample[T any] struct {
	ID    netid64.ID
	At    time.Duration // when, by the clock of the node that measured
	Key   uint64
	Value T
}

// ByNode returns the newest sample of a node, whatever its key. ok is false when
// there is none. Errors: fleet.ErrNode, fleet.ErrClosed. Nothing is allocated.
func (m *Family[T]) ByNode(node uint16) (s Sample[T], ok bool, err error) {
	var item fleet.Item[entry[T]]
	if ok, err = m.samples.ReadHeadOf(node, &item); !ok {
		return s, false, err
	}
	return sample(&item), true, nil
}

// ByNodeAndKey returns the newest sample of a node under a key. It walks back
// through the node's lane until it meets one, through all of it if there is
// none. Nothing is allocated.
func (m *Family[T]) ByNodeAndKey(node uint16, key uint64) (s Sample[T], ok bool, err error) {
	if int(node) >= m.nodes {
		return s, false, &fleet.NodeError{Node: int(node), Size: m.nodes}
	}
	var item fleet.Item[entry[T]]
	for p, oldest := m.span(node); p > oldest; p-- {
		ok, err = m.samples.Read(m.id(node, p-1), &item)
		if err != nil || ok && item.Value.Key == key {
			return sample(&item), ok, err
		}
	}
	return s, false, nil
}

// ByKey returns the sample under a key that was made last, on whatever node; of
// two made at the same time that of the lower node. It is ByNodeAndKey for every
// node. Nothing is allocated.
func (m *Family[T]) ByKey(key uint64) (newest Sample[T], found bool, err error) {
	for n := range m.nodes {
		s, ok, err := m.ByNodeAndKey(uint16(n), key)
		if err != nil {
			return Sample[T]{}, false, err
		}
		if ok && (!found || s.At > newest.At) {
			newest, found = s, true
		}
	}
	return newest, found, nil
}

// Fresh returns the newest sample of every node and key, by node, the newest
// first, except those older than maxAge at now. It walks through all lanes and
// allocates the result.
func (m *Family[T]) Fresh(now, maxAge time.Duration) ([]Sample[T], error) {
	var fresh []Sample[T]
	var item fleet.Item[entry[T]]
	seen := make(map[uint64]bool)
	for n := range m.nodes {
		clear(seen)
		for p, oldest := m.span(uint16(n)); p > oldest; p-- {
			ok, err := m.samples.Read(m.id(uint16(n), p-1), &item)
			switch e := &item.Value; {
			case err != nil:
				return nil, err
			case ok && !seen[e.Key]:
				seen[e.Key] = true
				if now-time.Duration(e.At) <= maxAge {
					fresh = append(fresh, sample(&item))
				}
			}
		}
	}
	return fresh, nil
}

// span returns the end and the beginning of what a node's lane can hold. The
// position at head is a part of it: a writer that died between commit and head
// has left a sample there.
func (m *Family[T]) span(node uint16) (end, oldest uint64) {
	head := m.samples.Ring().Head(int(node))
	return head + 1, head - min(head, m.capacity)
}

func (m *Family[T]) id(node uint16, position uint64) netid64.ID {
	return netid64.Make(m.samples.Kind(), node, position)
}

func sample[T fleet.Kinder](item *fleet.Item[entry[T]]) Sample[T] {
	e := &item.Value
	return Sample[T]{ID: item.ID, At: time.Duration(e.At), Key: e.Key, Value: e.Value}
}
