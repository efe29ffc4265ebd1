package contest_test

import (
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/orbitring/orbit/substrates/contest"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Workers of a service would call JoinShared, each in its own process.
func Example() {
	f, err := fleet.Join("shop", fleet.Options{Size: 2})
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	table, err := contest.Open(f, contest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	report := contest.Subject{Kind: 1, Label: "nightly report"}
	for _, worker := range []string{"worker:1", "worker:2"} {
		g, holder, err := table.Claim(report, worker, time.Minute)
		switch {
		case err != nil:
			log.Fatal(err)
		case g.Won():
			fmt.Println(worker, "does it")
		default:
			fmt.Println(worker, "leaves it to", holder.Owner())
		}
	}
	// Output:
	// worker:1 does it
	// worker:2 leaves it to worker:1
}

// The resource that the holders of leases work on turns away those who do not
// know yet that their lease is over.
func ExampleFence() {
	fence, err := contest.NewFence(nil) // contest.File("…") outlives the process
	if err != nil {
		log.Fatal(err)
	}
	for _, token := range []uint64{5, 5, 9, 7} {
		err := fence.Admit(token)
		fmt.Println(token, err == nil, errors.Is(err, contest.ErrStale))
	}
	// Output:
	// 5 true false
	// 5 true false
	// 9 true false
	// 7 false true
}
