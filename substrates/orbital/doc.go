// Package orbital is the latest value of a type: what one member of a fleet
// stores, every member loads, at the price of a copy.
//
//	prices, err := orbital.New[Price](f)
//	…
//	prices.Store(&Price{Cents: 1250})
//	newest, ok, err := prices.Load()
//
// A value is a Go type of fixed size without pointers that names its kind
// ([fleet.Kinder]). It lies in the ring of that kind, so the values before it
// can be loaded by their ids until the ring has come around.
//
// In a shared ring, which is the default, the latest value is that of the whole
// fleet, whoever stored it. In a ring with a lane for every node
// ([fleet.Fleet.Define] with fleet.Lane) every node has a latest value of its
// own, which no other can push out: [Orbital.LoadFrom].
//
// Here lives this one idea. The package stands on fleet and knows no other
// substrate; programs enter, and so may anyone above.
package orbital
