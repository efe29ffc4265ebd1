package bridge

import (
	"bytes"
	"errors"
	"strings"
	"time"

	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
)

// A change of the cache travels as a frame of its own making, since links and
// deadlines mean nothing on another host: op is the change's, version what a put
// has left to live, in nanoseconds, and the payload one byte with the key's
// length, the key and the value.

// changes is what of the cache is exported.
type changes struct {
	names names
	puts  int // bytes of the largest value that travels; 0: puts do not
}

// pass makes a frame of the cache into what travels. False: it does not.
func (c changes) pass(f *ring.Frame) bool {
	change, ok := cache.ChangeOf(f)
	if !ok {
		return false
	}
	switch {
	case change.Op == cache.OpReset:
		if !c.names.meet(change.Key) {
			return false
		}
	case !c.names.have(change.Key), change.Op == cache.OpPut && c.puts == 0:
		return false
	case change.Op == cache.OpPut && (len(change.Value) > c.puts || change.TTL == 0):
		change.Op, change.Value = cache.OpDelete, nil
	}
	f.Op, f.Version = uint8(change.Op), uint64(change.TTL)
	travels := make([]byte, 0, 1+len(change.Key)+len(change.Value))
	travels = append(travels, uint8(len(change.Key)))
	travels = append(append(travels, change.Key...), change.Value...)
	f.Payload = append(f.Payload[:0], travels...) // shorter than it was: in place of eight bytes comes one
	return true
}

// meet says that a reset of a prefix concerns keys that were named.
func (n names) meet(prefix []byte) bool {
	if n.have(prefix) {
		return true
	}
	for _, p := range n.prefixes {
		if bytes.HasPrefix(p, prefix) {
			return true
		}
	}
	for name := range n.exact {
		if strings.HasPrefix(name, string(prefix)) {
			return true
		}
	}
	return false
}

// caches carries changes out in the cache of the importing fleet.
type caches struct {
	of       []*cache.Cache
	bus      *event.Bus
	patterns []string
	names    names
}

func openCaches(members []*fleet.Fleet, c Config, patterns []string) (*caches, error) {
	to := &caches{patterns: patterns, names: makeNames(patterns)}
	for _, f := range members {
		open, err := cache.Open(f, c.Cache)
		if err != nil {
			return nil, err
		}
		to.of = append(to.of, open)
	}
	var err error
	to.bus, err = event.Open(members[0], c.Events)
	return to, err
}

func (c *caches) ring() *ring.Ring { return c.of[0].Ring() }
func (c *caches) exact() bool      { return false }

var errNoChange = errors.New("orbit: frame is no change of a cache")

func (c *caches) frame(node int, r *record) error {
	if len(r.payload) < 1 || len(r.payload) < 1+int(r.payload[0]) {
		return errNoChange
	}
	n := 1 + int(r.payload[0])
	key, value := string(r.payload[1:n]), r.payload[n:]
	in, err := c.of[node], error(nil)
	switch op := cache.Op(r.op); {
	case op == cache.OpReset:
		return c.reset(in, key)
	case !c.names.have([]byte(key)):
		return nil // exported there, not named here
	case op == cache.OpDelete:
		_, err = in.Delete(key)
	case op == cache.OpPut:
		if _, err = in.Put(key, value, time.Duration(r.version)); errors.Is(err, ring.ErrPayload) {
			_, err = in.Delete(key) // too large for the cache of this fleet
		}
	default:
		err = errNoChange
	}
	return err
}

// reset removes the keys that begin with prefix and were named.
func (c *caches) reset(in *cache.Cache, prefix string) (err error) {
	if c.names.have([]byte(prefix)) {
		_, err = in.Reset(prefix)
		return err
	}
	for _, p := range c.patterns {
		if name, whole := strings.CutSuffix(p, "*"); strings.HasPrefix(name, prefix) {
			err = errors.Join(err, remove(in, name, whole))
		}
	}
	return err
}

func remove(in *cache.Cache, name string, whole bool) (err error) {
	if whole {
		_, err = in.Reset(name)
	} else {
		_, err = in.Delete(name)
	}
	return err
}

// gap removes all that was named, since any of it may be gone where it came
// from, and tells the fleet on its bus.
func (c *caches) gap(g Gap) error {
	err := c.reset(c.of[0], "")
	_, e := c.bus.Publish(GapTopic, g.payload())
	return errors.Join(err, e)
}
