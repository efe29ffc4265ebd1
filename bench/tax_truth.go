//go:build truth

package bench

import (
	"strconv"
	"time"
)

const taxed = true

// taxRate is by which share publishing is made slower: set when a build is
// linked, with -ldflags "-X github.com/orbitring/orbit/bench.taxRate=0.10".
var taxRate = "0"

// A tax makes what lies between begin and levy slower by the rate: it burns that
// share of the time that it took. What a burn was too long or too short by, the
// next one makes up for.
type tax struct {
	since time.Duration
	owed  float64
	rate  float64
	known bool
}

func (t *tax) begin() { t.since = now() }

func (t *tax) levy() {
	if !t.known {
		t.rate, _ = strconv.ParseFloat(taxRate, 64)
		t.known = true
	}
	begin := now()
	t.owed += t.rate * float64(begin-t.since)
	for t.rate > 0 && t.owed > 0 {
		end := now()
		t.owed -= float64(end - begin)
		begin = end
	}
}
