package orbital_test

import (
	"fmt"
	"log"

	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/orbital"
)

// Price names the kind of its values.
type Price struct{ Cents int64 }

func (Price) OrbitKind() uint8 { return 30 }

// Workers of a service would call JoinShared, each in its own process.
func Example() {
	f, err := fleet.Join("shop", fleet.Options{Size: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()

	prices, err := orbital.New[Price](f)
	if err != nil {
		log.Fatal(err)
	}
	first, err := prices.Store(&Price{Cents: 1250})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := prices.Store(&Price{Cents: 1299}); err != nil {
		log.Fatal(err)
	}

	latest, _, err := prices.Load()
	fmt.Println(latest.Cents, err)
	before, _, err := prices.LoadByID(first)
	fmt.Println(before.Cents, err)
	// Output:
	// 1299 <nil>
	// 1250 <nil>
}
