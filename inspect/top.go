package inspect

import (
	"cmp"
	"slices"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/heartbeat"
)

// Top is how all rings of a place move at one moment.
type Top struct {
	Schema   int           `json:"schema"`
	Dir      string        `json:"dir"`
	At       time.Time     `json:"at"`
	Interval time.Duration `json:"interval_ns"` // since the round before; 0 in the first
	Total    uint64        `json:"total_bytes"`
	Free     uint64        `json:"free_bytes"`
	Rings    []TopRing     `json:"rings"`
	Members  []TopMember   `json:"members"`
}

// TopRing is one ring.
type TopRing struct {
	Segment
	Head    uint64        `json:"head"`     // of all lanes together
	Rate    float64       `json:"rate"`     // positions a second
	Keeps   time.Duration `json:"keeps_ns"` // a reader that is further behind than this has lost frames; 0: nothing moves
	Waiters bool          `json:"waiters"`
}

// TopMember is one node of a fleet that is alive.
type TopMember struct {
	Fleet  string        `json:"fleet"`
	UID    uint32        `json:"uid"`
	Node   uint16        `json:"node"`
	PID    int           `json:"pid"` // as its process knows itself; 0: not known
	Joined *time.Time    `json:"joined,omitempty"`
	Beat   *Beat         `json:"heartbeat,omitempty"`
	Rate   float64       `json:"rate"`   // into its own lanes, positions a second; shared rings do not tell whose
	Rings  int           `json:"rings"`  // that it is a writer of
	Age    time.Duration `json:"age_ns"` // since it joined
}

// Watch looks at all rings again and again. It keeps them mapped in between, and
// reads little: heads, who waits, and the newest entry of rolls and heartbeats.
type Watch struct {
	place Place
	fleet string
	open  map[string]*watched
	last  time.Time
}

// watched is a ring that is watched.
type watched struct {
	source *Source
	id     layout.Identity
	heads  []uint64
	seen   bool
}

// NewWatch watches the rings of a fleet, or of all for "".
func NewWatch(p Place, fleet string) *Watch {
	return &Watch{place: p, fleet: fleet, open: map[string]*watched{}}
}

// Close ends it.
func (w *Watch) Close() {
	for _, o := range w.open {
		o.source.Close()
	}
	clear(w.open)
}

// Round looks once. Rates are since the round before. A ring that cannot be
// looked at is listed with its error.
func (w *Watch) Round() (Top, error) {
	entries, err := w.place.entries(w.fleet)
	if err != nil {
		return Top{}, err
	}
	top := Top{Schema: Schema, Dir: w.place.Directory(), At: time.Now(), Rings: []TopRing{}, Members: []TopMember{}}
	if top.Total, top.Free, err = shm.Space(w.place.options()); err != nil {
		return top, err
	}
	if !w.last.IsZero() {
		top.Interval = top.At.Sub(w.last)
	}
	w.last = top.At
	crew := crew{}
	for _, e := range entries {
		top.Rings = append(top.Rings, w.look(e, top.Interval, crew))
	}
	w.forget()
	top.Members = crew.list()
	return top, nil
}

// look looks at one ring.
func (w *Watch) look(e shm.Entry, over time.Duration, crew crew) TopRing {
	r := TopRing{Segment: segment(e)}
	if e.Err != nil {
		return r
	}
	o, err := w.source(e)
	if err != nil {
		r.Error = errorText(err)
		return r
	}
	r.ask(o.source)
	heads, err := o.source.heads()
	if err == nil {
		err = o.source.look(func() error { r.Waiters = o.source.ring.WaitState().Waiters; return nil })
	}
	rates := make([]float64, len(heads))
	for i, h := range heads {
		r.Head += h
		if o.heads != nil {
			rates[i] = rate(o.heads[i], h, over)
			r.Rate += rates[i]
		}
	}
	o.heads = heads
	r.Keeps = keeps(o.id.Geometry.Capacity, rates)
	if err == nil {
		err = crew.add(e, o, r.Nodes, rates)
	}
	if err != nil {
		r.Error = errorText(err)
	}
	return r
}

// keeps is how long the busiest lane needs to come around.
func keeps(capacity uint64, rates []float64) (d time.Duration) {
	busiest := 0.0
	for _, r := range rates {
		busiest = max(busiest, r)
	}
	if busiest == 0 {
		return 0
	}
	if seconds := float64(capacity) / busiest; seconds < 1e9 {
		return time.Duration(seconds * 1e9)
	}
	return time.Duration(1e18)
}

// source returns a ring that is open already, unless the name has another
// segment now.
func (w *Watch) source(e shm.Entry) (*watched, error) {
	if o := w.open[e.Path]; o != nil {
		if o.id.Instance == e.Identity.Instance && o.id.Created.Equal(e.Identity.Created) {
			o.seen = true
			return o, nil
		}
		o.source.Close()
		delete(w.open, e.Path)
	}
	s, err := Open(e)
	if err != nil {
		return nil, err
	}
	o := &watched{source: s, id: s.Identity(), seen: true}
	w.open[e.Path] = o
	return o, nil
}

// forget closes what was removed.
func (w *Watch) forget() {
	for path, o := range w.open {
		if !o.seen {
			o.source.Close()
			delete(w.open, path)
		}
		o.seen = false
	}
}

// crew collects the members of all fleets.
type crew map[crewFleet]map[uint16]*TopMember

type crewFleet struct {
	fleet string
	uid   uint32
}

func (c crew) member(e shm.Entry, node uint16) *TopMember {
	key := crewFleet{e.Fleet, e.UID}
	if c[key] == nil {
		c[key] = map[uint16]*TopMember{}
	}
	m := c[key][node]
	if m == nil {
		m = &TopMember{Fleet: e.Fleet, UID: e.UID, Node: node}
		c[key][node] = m
	}
	return m
}

// add adds what a ring knows about its live nodes.
func (c crew) add(e shm.Entry, o *watched, alive []uint16, rates []float64) error {
	f := o.source.ring.NewFrame()
	for _, node := range alive {
		m := c.member(e, node)
		m.Rings++
		if o.id.Geometry.Topology != layout.Lane || int(node) >= len(rates) {
			continue
		}
		if e.Kind != fleet.RollKind {
			m.Rate += rates[node]
		}
		if e.Kind != fleet.RollKind && e.Kind != heartbeat.Kind {
			continue
		}
		ok, err := o.source.newest(int(node), &f)
		if err != nil {
			return err
		}
		if ok {
			m.learn(e.Kind, &f, o.source.now())
		}
	}
	return nil
}

// learn takes what a frame of the roll or a heartbeat says.
func (m *TopMember) learn(kind uint8, f *ring.Frame, now time.Duration) {
	var told Frame
	decode(&told, kind, f, now, 0)
	if told.Member != nil {
		m.PID, m.Joined = told.Member.PID, &told.Member.Joined
		m.Age = max(time.Since(told.Member.Joined), 0)
	}
	if told.Beat != nil {
		m.Beat = told.Beat
	}
}

// list returns them by fleet and node.
func (c crew) list() []TopMember {
	all := []TopMember{}
	for _, members := range c {
		for _, m := range members {
			if m.Rings > 0 {
				all = append(all, *m)
			}
		}
	}
	slices.SortFunc(all, func(a, b TopMember) int {
		return cmp.Or(cmp.Compare(a.Fleet, b.Fleet), cmp.Compare(a.UID, b.UID), cmp.Compare(a.Node, b.Node))
	})
	return all
}
