package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/nats-io/nats.go"

	bridge "github.com/orbitring/orbit/bridge/nats"
	"github.com/orbitring/orbit/substrates/cache"
	"github.com/orbitring/orbit/substrates/event"
)

// flags are those of the command; a file has the same names without dashes in
// front.
type flags struct {
	Config kong.ConfigFlag `help:"JSON file with the values of flags, by their names. Flags come first."`

	Host          string `required:"" help:"This host's name, different on every host."`
	Fleet         string `required:"" help:"The fleet to bridge."`
	Size          int    `required:"" help:"Nodes of the fleet, as its members say."`
	Dir           string `help:"Directory of the fleet's segments, if not the default."`
	Remote        string `required:"" placeholder:"FIRST-LAST" help:"Nodes that stand for members of other hosts; the first is the bridge's own. Keep it as long as the fleet exists."`
	EventCapacity uint64 `help:"Events that the fleet's ring holds, as its members say."`
	EventSize     uint32 `help:"Bytes of an event, as the members say."`
	CacheCapacity uint64 `help:"Changes that the fleet's cache holds, as its members say."`
	CacheSize     uint32 `help:"Bytes of key and value, as the members say."`

	ExportTopic []string `sep:"none" help:"Topic to export, repeatable; TOPIC* means all that begin so. What is not named stays here."`
	ExportKind  []uint   `help:"Kind whose latest values to export, repeatable."`
	ExportCache []string `sep:"none" help:"Key of the cache whose deletes and resets to export, repeatable; KEY* means all that begin so."`
	ExportPuts  int      `help:"Export puts of such keys with values up to so many bytes, larger ones as deletes."`
	FromNow     bool     `help:"Begin with events from now on, instead of the oldest in the ring."`

	Import      []string `sep:"none" placeholder:"HOST[/FLEET]=FIRST-LAST" help:"Origin to import, and the nodes that stand for its members, repeatable."`
	ImportKind  []uint   `help:"Kind whose latest values to import, repeatable."`
	ImportCache []string `sep:"none" help:"Key of the cache whose changes to import, repeatable; as --export-cache."`

	Server  string `default:"nats://127.0.0.1:4222" help:"NATS servers, separated by commas."`
	Creds   string `type:"existingfile" help:"Credentials file of the NATS client."`
	NKey    string `name:"nkey" type:"existingfile" help:"NKey seed file of the NATS client."`
	TLSCA   string `name:"tls-ca" type:"existingfile" help:"Authorities that the server's certificate is checked by."`
	TLSCert string `name:"tls-cert" type:"existingfile" help:"This client's certificate."`
	TLSKey  string `name:"tls-key" type:"existingfile" help:"Its key."`

	Prefix  string        `help:"First part of all subjects; \"orbit\" if none is given."`
	Stream  string        `help:"JetStream stream that keeps events and changes; without, core NATS."`
	Keep    time.Duration `help:"Age of messages in a stream that is made here; a day if none is given."`
	Refresh time.Duration `help:"How often to say where the exporter is when nothing happens; 500ms."`
	Pace    time.Duration `help:"Shortest time between two messages with latest values; 10ms."`
	Slowest time.Duration `help:"Longest wait between attempts to connect; 2s."`

	Counters string `placeholder:"127.0.0.1:PORT" help:"Serve counters at /debug/vars there (expvar)."`
	Log      string `enum:"text,json" default:"text" help:"Format of the log: ${enum}."`
}

const about = `Carries what a fleet on this host says to fleets on other hosts, over NATS.

  orbitbridge --host a --fleet shop --size 64 --remote 32-63 --export-topic 'orders*' --import b=33-48
  orbitbridge --config bridge.json`

var errHelp = errors.New("help was shown")

func parse(args []string, out io.Writer) (*flags, error) {
	f, helped := new(flags), false
	p, err := kong.New(f, kong.Name("orbitbridge"), kong.Description(about), kong.Writers(out, out),
		kong.Configuration(kong.JSON), kong.Exit(func(int) { helped = true }))
	if err != nil {
		return nil, err
	}
	_, err = p.Parse(args)
	switch {
	case helped:
		return nil, errHelp
	case err != nil:
		return nil, err
	case len(f.ExportTopic)+len(f.ExportKind)+len(f.ExportCache)+len(f.Import) == 0:
		return nil, errors.New("nothing to do: name what to export (--export-topic, --export-kind, --export-cache) or whom to import (--import)")
	}
	return f, nil
}

// config is what the flags say, in the bridge's terms.
func (f *flags) config(log *slog.Logger) (bridge.Config, error) {
	c := bridge.Config{
		Host: f.Host, Fleet: f.Fleet, Size: f.Size, Dir: f.Dir,
		Events: event.Options{Capacity: f.EventCapacity, Size: f.EventSize},
		Cache:  cache.Options{Capacity: f.CacheCapacity, Size: f.CacheSize},
		Export: bridge.Export{Topics: f.ExportTopic, Cache: f.ExportCache, CachePuts: f.ExportPuts, FromNow: f.FromNow},
		URL:    f.Server, Prefix: f.Prefix, Stream: f.Stream, Keep: f.Keep,
		Refresh: f.Refresh, Pace: f.Pace, Slowest: f.Slowest, Log: log,
	}
	var err error
	if c.Remote, err = nodes("--remote", f.Remote); err != nil {
		return c, err
	}
	if c.Export.Kinds, err = kinds("--export-kind", f.ExportKind); err != nil {
		return c, err
	}
	taken, err := kinds("--import-kind", f.ImportKind)
	if err != nil {
		return c, err
	}
	for _, text := range f.Import {
		who, where, ok := strings.Cut(text, "=")
		if !ok {
			return c, &bridge.ConfigError{Field: "--import", Value: strconv.Quote(text), Rule: "it must be HOST=FIRST-LAST or HOST/FLEET=FIRST-LAST"}
		}
		in := bridge.Import{Kinds: taken, Cache: f.ImportCache}
		in.Host, in.Fleet, _ = strings.Cut(who, "/")
		if in.Nodes, err = nodes("--import", where); err != nil {
			return c, err
		}
		c.Import = append(c.Import, in)
	}
	c.Options, err = f.client()
	return c, err
}

// client returns the NATS client's own options.
func (f *flags) client() (all []nats.Option, err error) {
	if f.Creds != "" {
		all = append(all, nats.UserCredentials(f.Creds))
	}
	if f.NKey != "" {
		key, err := nats.NkeyOptionFromSeed(f.NKey)
		if err != nil {
			return nil, err
		}
		all = append(all, key)
	}
	if f.TLSCA != "" {
		all = append(all, nats.RootCAs(f.TLSCA))
	}
	if f.TLSCert != "" || f.TLSKey != "" {
		all = append(all, nats.ClientCert(f.TLSCert, f.TLSKey))
	}
	return all, nil
}

// nodes reads FIRST-LAST.
func nodes(flag, text string) (bridge.Nodes, error) {
	from, to, ok := strings.Cut(text, "-")
	first, err1 := strconv.ParseUint(from, 10, 16)
	last, err2 := strconv.ParseUint(to, 10, 16)
	if !ok || err1 != nil || err2 != nil || last < first {
		return bridge.Nodes{}, &bridge.ConfigError{Field: flag, Value: strconv.Quote(text), Rule: "nodes are two numbers, FIRST-LAST, of 0 to 65535"}
	}
	return bridge.Nodes{First: uint16(first), Count: int(last-first) + 1}, nil
}

func kinds(flag string, all []uint) (list []uint8, err error) {
	for _, k := range all {
		if k > 255 {
			return nil, &bridge.ConfigError{Field: flag, Value: fmt.Sprint(k), Rule: "a kind of values is 1 to 191"}
		}
		list = append(list, uint8(k))
	}
	return list, nil
}
