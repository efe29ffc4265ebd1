package bridge

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/event"
	"github.com/orbitring/orbit/substrates/fleet"
)

// ErrConfig: a configuration that cannot work; the detail is a *ConfigError.
var ErrConfig = errors.New("orbit: bad bridge configuration")

// ConfigError names the field, its value, and the rule that it breaks.
type ConfigError struct {
	Field string
	Value string
	Rule  string
}

func (e *ConfigError) Error() string {
	return fmt.Sprintf("%v: %s is %s, but %s", ErrConfig, e.Field, e.Value, e.Rule)
}
func (e *ConfigError) Unwrap() error { return ErrConfig }

// What a Config leaves out.
const (
	DefaultPrefix  = "orbit"
	DefaultRefresh = 500 * time.Millisecond
	DefaultPace    = 10 * time.Millisecond
	DefaultSlowest = 2 * time.Second
	DefaultKeep    = 24 * time.Hour
)

// Nodes is a range of node numbers.
type Nodes struct {
	First uint16
	Count int
}

func (n Nodes) has(node uint16) bool { return node >= n.First && int(node) < n.end() }
func (n Nodes) end() int             { return int(n.First) + n.Count }
func (n Nodes) String() string       { return fmt.Sprintf("%d-%d", n.First, n.end()-1) }

// Export says what leaves the host. What is not named does not.
type Export struct {
	// Topics of events. One that ends in * names all that begin so.
	Topics []string
	// Kinds whose latest values are exported, one for every node.
	Kinds []uint8
	// Cache names keys of the cache whose deletes and resets are exported; one that
	// ends in * names all keys that begin so.
	Cache []string
	// CachePuts is the largest value, in bytes, that is exported with its put; a
	// larger one travels as a delete, so that no other host keeps what it
	// replaced. 0: puts are not exported at all.
	CachePuts int
	// FromNow is where an exporter begins that nothing is known of: false is the
	// oldest event in the ring, true those from now on.
	FromNow bool
}

// Import says what enters from another host, and as whom.
type Import struct {
	Host  string // the origin's Config.Host
	Fleet string // the origin's fleet; "" is the name of this one
	// Nodes stand for the nodes of the origin: First for its node 0, and so on.
	// What nodes beyond the range publish is refused. It lies in Config.Remote and
	// holds neither its first node nor one of another Import.
	Nodes Nodes
	// Kinds whose latest values are taken. The fleet must have them already, with
	// the same type; until it does, nothing is published.
	Kinds []uint8
	// Cache names keys of the cache, as Export.Cache does, whose changes are taken.
	// When one is missing all of these keys are reset: a cache may forget, but it
	// must not keep what is gone elsewhere.
	Cache []string
}

// Config says what a bridge does. Host, Fleet, Size and Remote are needed.
type Config struct {
	// Host names this host in subjects and to the importers: letters, digits,
	// '_' and '-', at most 32, different on every host.
	Host string

	// Fleet, Size, Dir and Mode are those of fleet.JoinShared, Events and
	// Cache those of event.Open and cache.Open, as the other members say them.
	Fleet  string
	Size   int
	Dir    string
	Mode   fs.FileMode
	Events event.Options
	Cache  cache.Options

	// Remote is the range of nodes that stand for members of other hosts. The
	// first one is the bridge's own. Keep it as long as the fleet's segments
	// exist: by it a bridge knows what it must not send back.
	Remote Nodes

	Export Export
	Import []Import

	// URL has the servers, separated by commas; "" is nats://127.0.0.1:4222.
	URL string
	// Options are those of the NATS client: credentials, TLS, a name. How to
	// reconnect is the bridge's own business.
	Options []nats.Option
	// Prefix begins all subjects, and all bridges say the same; "" is "orbit".
	// They are {prefix}.{fleet}.{host}.event, .cache and .latest.{kind}; a '.' in
	// a fleet's name becomes '%'.
	Prefix string
	// Stream is the JetStream stream that keeps events and cache messages; ""
	// is core NATS. The bridge makes it, with what Keep says, if it is not there.
	Stream string
	// Keep bounds the age of messages in a stream that the bridge makes; 0 is a
	// day.
	Keep time.Duration

	// Refresh is how often an exporter says where it is when nothing happens, so
	// that importers hear of what they lost last, and how often it repeats latest
	// values; 0 is 500 ms.
	Refresh time.Duration
	// Pace is the shortest time between two messages with the latest values of a
	// kind; 0 is 10 ms.
	Pace time.Duration
	// Slowest is the longest wait between attempts to connect, which begin at 20
	// ms and double; 0 is 2 s. A silent connection is given up after about twice
	// as long.
	Slowest time.Duration

	Log *slog.Logger // nil: slog.Default()

	now func() time.Time // the wall clock; tests have skewed ones
}

// complete fills in what was left out and says what cannot work.
func (c Config) complete() (Config, error) {
	bad := func(field string, value any, rule string) (Config, error) {
		return c, &ConfigError{Field: field, Value: fmt.Sprintf("%q", fmt.Sprint(value)), Rule: rule}
	}
	if c.Prefix == "" {
		c.Prefix = DefaultPrefix
	}
	if c.URL == "" {
		c.URL = nats.DefaultURL
	}
	for _, d := range []struct {
		field    string
		value    *time.Duration
		fallback time.Duration
	}{{"Refresh", &c.Refresh, DefaultRefresh}, {"Pace", &c.Pace, DefaultPace}, {"Slowest", &c.Slowest, DefaultSlowest}, {"Keep", &c.Keep, DefaultKeep}} {
		if *d.value < 0 {
			return bad(d.field, *d.value, "a time must not be negative")
		}
		if *d.value == 0 {
			*d.value = d.fallback
		}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.now == nil {
		c.now = time.Now
	}
	if !isToken(c.Host, maxHost) {
		return bad("Host", c.Host, hostRule)
	}
	for _, t := range strings.Split(c.Prefix, ".") {
		if !isToken(t, 64) {
			return bad("Prefix", c.Prefix, "it must be names of letters, digits, '_' and '-', separated by dots")
		}
	}
	if c.Stream != "" && !isToken(c.Stream, 64) {
		return bad("Stream", c.Stream, "it must be at most 64 letters, digits, '_' and '-'")
	}
	if c.Remote.Count < 1 || c.Remote.end() > c.Size {
		return bad("Remote", c.Remote, fmt.Sprintf("it must be one node or more of the fleet's 0 to %d", c.Size-1))
	}
	if err := checkTopics(c.Export.Topics); err != nil {
		return c, err
	}
	if err := checkKeys("Export.Cache", c.Export.Cache); err != nil {
		return c, err
	}
	if c.Export.CachePuts < 0 || c.Export.CachePuts > 0 && len(c.Export.Cache) == 0 {
		return bad("Export.CachePuts", c.Export.CachePuts, "it is a number of bytes for keys that Export.Cache names")
	}
	if err := checkKinds("Export.Kinds", c.Export.Kinds); err != nil {
		return c, err
	}
	c.Import = slices.Clone(c.Import)
	for i := range c.Import {
		in := &c.Import[i]
		if in.Fleet == "" {
			in.Fleet = c.Fleet
		}
		if err := c.checkImport(i); err != nil {
			return c, err
		}
	}
	return c, nil
}

const (
	maxHost  = 32
	hostRule = "it must be 1 to 32 letters, digits, '_' and '-'"
)

func (c Config) checkImport(i int) error {
	in := c.Import[i]
	field := fmt.Sprintf("Import[%d]", i)
	bad := func(what string, value any, rule string) error {
		return &ConfigError{Field: field + what, Value: fmt.Sprintf("%q", fmt.Sprint(value)), Rule: rule}
	}
	switch {
	case !isToken(in.Host, maxHost):
		return bad(".Host", in.Host, hostRule)
	case in.Host == c.Host:
		return bad(".Host", in.Host, "that is this host: a fleet does not import itself")
	case in.Nodes.Count < 1 || in.Nodes.First <= c.Remote.First || in.Nodes.end() > c.Remote.end():
		return bad(".Nodes", in.Nodes, fmt.Sprintf("it must lie in Remote (%v) behind its first node, which is the bridge's own", c.Remote))
	}
	for j, other := range c.Import[:i] {
		if int(in.Nodes.First) < other.Nodes.end() && int(other.Nodes.First) < in.Nodes.end() {
			return bad(".Nodes", in.Nodes, fmt.Sprintf("Import[%d] has %v: a node can stand for one member only", j, other.Nodes))
		}
		if in.Host == other.Host && in.Fleet == other.Fleet {
			return bad("", in.Host+"/"+in.Fleet, fmt.Sprintf("Import[%d] is the same origin", j))
		}
	}
	if err := checkKeys(field+".Cache", in.Cache); err != nil {
		return err
	}
	return checkKinds(field+".Kinds", in.Kinds)
}

func checkKinds(field string, kinds []uint8) error {
	for _, k := range kinds {
		if k < 1 || k > fleet.MaxKind {
			return &ConfigError{Field: field, Value: fmt.Sprint(k), Rule: fmt.Sprintf("a kind of values is 1 to %d", fleet.MaxKind)}
		}
	}
	return nil
}

// isToken says that s can be one name in a subject.
func isToken(s string, longest int) bool {
	if len(s) < 1 || len(s) > longest {
		return false
	}
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
		default:
			return false
		}
	}
	return true
}

// subject returns where the messages of a class of an origin go.
func (c Config) subject(fleet, host, class string) string {
	return c.Prefix + "." + strings.ReplaceAll(fleet, ".", "%") + "." + host + "." + class
}
