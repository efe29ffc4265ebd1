package bench

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"
)

// killedParentEnv makes this binary the parent of a crew that runs until
// somebody kills it.
const killedParentEnv = "ORBIT_BENCH_TEST_PARENT"

func TestMain(m *testing.M) {
	MaybeWorker()
	if os.Getenv(killedParentEnv) != "" {
		parentToBeKilled()
	}
	if wait, err := time.ParseDuration(os.Getenv(clockEnv)); err == nil {
		sayClock(wait)
	}
	os.Exit(m.Run())
}

func parentToBeKilled() {
	clock := newClock()
	c, err := muster(Topology{1, 1}, Pinning{Auto: true}.plan(), &clock, "")
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	for _, w := range c.workers {
		fmt.Println("worker", w.cmd.Process.Pid)
	}
	fmt.Println("ready")
	c.measure(context.Background(), Spec{
		Mode: Stream, Topology: Topology{1, 1}, Transport: Lane,
		Payload: 8, Capacity: 64, Duration: time.Hour,
	})
	os.Exit(1)
}
