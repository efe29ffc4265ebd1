//go:build linux

package hammer

import (
	"fmt"

	"github.com/orbitring/orbit/ring/layout"
)

// hammer is one case: the ring, its processes, what is done to them.
type hammer struct {
	name     string
	topology layout.Topology
	capacity uint64
	payload  uint32
	writers  int
	styles   []string
	kills    bool   // the last writer is killed and started again
	stops    bool   // the last writer is stopped and resumed
	breaks   string // the last writer breaks the ring
}

var hammers = append(plainHammers(),
	hammer{name: "lane, killed", topology: layout.Lane, capacity: 64, payload: 200, writers: 2, styles: []string{"poll", "newest"}, kills: true},
	hammer{name: "shared, killed", topology: layout.Shared, capacity: 4, payload: 40, writers: 3, styles: []string{"next", "newest"}, kills: true},
	hammer{name: "shared, killed, large", topology: layout.Shared, capacity: 64, payload: 1000, writers: 2, styles: []string{"poll", "observe"}, kills: true},
	hammer{name: "lane, stopped", topology: layout.Lane, capacity: 4, payload: 1000, writers: 2, styles: []string{"poll", "newest"}, stops: true},
	hammer{name: "shared, stopped", topology: layout.Shared, capacity: 2, payload: 40, writers: 3, styles: []string{"frames", "newest"}, stops: true},
	hammer{name: "shared, stopped, large", topology: layout.Shared, capacity: 64, payload: 1000, writers: 2, styles: []string{"poll", "next"}, stops: true},
)

func plainHammers() (all []hammer) {
	styles := [][]string{{"poll", "newest"}, {"poll", "next", "newest"}, {"observe", "frames"}, {"poll", "frames", "newest"}}
	for _, topology := range []layout.Topology{layout.Lane, layout.Shared} {
		for i, capacity := range []uint64{2, 4, 64, 1024} {
			for j, payload := range []uint32{40, 1000} {
				s := styles[(i+2*j)%len(styles)]
				all = append(all, hammer{
					name:     fmt.Sprintf("%v, %d slots of %d", topology, capacity, payload),
					topology: topology, capacity: capacity, payload: payload,
					writers: 5 - len(s), styles: s,
				})
			}
		}
	}
	return all
}
