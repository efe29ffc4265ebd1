package cache_test

import (
	"fmt"
	"log"
	"time"

	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Workers of a service would call JoinShared, each in its own process.
func Example() {
	f, err := fleet.Join("shop", fleet.Options{Size: 2})
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	c, err := cache.Open(f, cache.Options{Capacity: 4096, Size: 128})
	if err != nil {
		log.Fatal(err)
	}
	users := c.Prefix("user:")
	if _, err := users.Put("17", []byte("Ada"), time.Minute); err != nil {
		log.Fatal(err)
	}

	buf := users.NewBuffer() // once, for many Gets
	value, ok, err := users.Get("17", buf)
	fmt.Printf("%s %v %v\n", value, ok, err)
	_, ok, err = users.Get("18", buf)
	fmt.Println(ok, err)
	// Output:
	// Ada true <nil>
	// false <nil>
}

// A miss says what is known: whether there was a value, and which of two changes
// is the later.
func ExampleCache_Read() {
	f, err := fleet.Join("shop", fleet.Options{Size: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	c, err := cache.Open(f, cache.Options{})
	if err != nil {
		log.Fatal(err)
	}
	var e cache.Entry
	look := func(key string) {
		if _, err := c.Read(key, &e); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s is %v, epoch %d %q\n", key, e.State, e.Epoch, e.Value)
	}
	must := func(_ uint64, err error) {
		if err != nil {
			log.Fatal(err)
		}
	}
	must(c.Put("price:1", []byte("9.99"), cache.Forever))
	must(c.Put("price:2", []byte("5.00"), cache.Forever))
	look("price:1")
	must(c.Delete("price:1"))
	look("price:1")
	must(c.Reset("price:"))
	look("price:2")
	look("stock:1")
	// Output:
	// price:1 is present, epoch 0 "9.99"
	// price:1 is deleted, epoch 2 ""
	// price:2 is reset, epoch 3 ""
	// stock:1 is unknown, epoch 0 ""
}
