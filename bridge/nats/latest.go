package bridge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/ring/shm"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Of a kind's values only the newest one of each node travels: an exporter that
// is slower than its fleet leaves out what is between, and says again every
// Refresh what is newest, so that a loss or a late joiner needs no rule of its
// own. All of it goes over core NATS.

// startLatest starts what carries latest values.
func (b *Bridge) startLatest(start func(func(context.Context) error)) {
	for _, kind := range b.cfg.Export.Kinds {
		start((&teller{b: b, kind: kind}).run)
	}
	for i, in := range b.cfg.Import {
		for _, kind := range in.Kinds {
			start((&taker{b: b, in: in, kind: kind, members: b.remote[i], done: make(map[uint16]told)}).run)
		}
	}
}

func (b *Bridge) latestSubject(fleet, host string, kind uint8) string {
	return b.cfg.subject(fleet, host, fmt.Sprintf("%v.%d", classLatest, kind))
}

// family opens a kind as its other members have defined it. fs.ErrNotExist: none
// of them has it yet.
func (b *Bridge) family(f *fleet.Fleet, kind uint8) (*fleet.Family, error) {
	name, err := shm.Name(b.cfg.Fleet, kind)
	if err != nil {
		return nil, err
	}
	segment, err := shm.Observe(name, shm.Options{Dir: b.cfg.Dir, Mode: b.cfg.Mode})
	if err != nil {
		return nil, err
	}
	id := segment.Identity()
	if err := segment.Close(); err != nil {
		return nil, err
	}
	g := id.Geometry
	s := fleet.Spec{Topology: g.Topology, Capacity: g.Capacity, Payload: g.Payload, Stride: g.Stride, Aux: g.Aux,
		TypeName: id.TypeName, Fingerprint: id.Fingerprint}
	if g.Payload == 0 {
		s.Payload = fleet.NoPayload
	}
	if err := f.Define(kind, s); err != nil {
		return nil, err
	}
	return f.Family(kind)
}

// typeOf is what both ends must agree on about the values of a kind.
func typeOf(id layout.Identity) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d %d", id.TypeName, id.Fingerprint, id.Geometry.Payload)
	return h.Sum64()
}

// teller exports the latest values of a kind.
type teller struct {
	b      *Bridge
	kind   uint8
	newest map[uint16]*ring.Frame // of each node
	fresh  map[uint16]bool        // not sent yet
	out    batch
	seq    uint64
}

func (x *teller) run(ctx context.Context) error {
	x.newest, x.fresh = make(map[uint16]*ring.Frame), make(map[uint16]bool)
	family, err := x.await(ctx)
	if family == nil {
		return ended(ctx, err)
	}
	cursor, err := family.Cursor(ring.Oldest)
	if err != nil {
		return err
	}
	defer cursor.Close()
	frame, life, quiet := family.NewFrame(), rand.Uint64()|1, lull{}
	var sent, repeated time.Time
	for {
		if _, err := x.b.link.up(ctx); err != nil {
			return ended(ctx, err)
		}
		if x.read(cursor, &frame) {
			quiet.end()
		} else if err := quiet.wait(ctx, cursor, x.b.cfg.Pace); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
		all := time.Since(repeated) >= x.b.cfg.Refresh
		if len(x.newest) == 0 || !all && (len(x.fresh) == 0 || time.Since(sent) < x.b.cfg.Pace) {
			continue
		}
		if err := x.tell(family.Ring(), life, all); err != nil {
			continue // the connection is gone: once more when it is back
		}
		if sent = time.Now(); all {
			repeated = sent
		}
	}
}

// await waits until some member has the kind.
func (x *teller) await(ctx context.Context) (*fleet.Family, error) {
	for {
		family, err := x.b.family(x.b.own, x.kind)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return family, err
		}
		if err := pause(ctx, x.b.cfg.Refresh); err != nil {
			return nil, err
		}
	}
}

// read reads what there is, as far as fillSteps, and keeps the newest of each node.
func (x *teller) read(c *ring.Cursor, f *ring.Frame) (some bool) {
	for range fillSteps {
		if ok, _ := c.Next(f); !ok {
			break
		}
		some = true
		node := f.ID.Node()
		if x.b.cfg.Remote.has(node) {
			x.b.count.skipped.Add(1)
			continue
		}
		to := x.newest[node]
		if to == nil {
			to = new(ring.Frame)
			x.newest[node] = to
		}
		payload := append(to.Payload[:0], f.Payload...)
		*to = *f
		to.Payload = payload
		x.fresh[node] = true
	}
	return some
}

// tell sends the values that are fresh, or all.
func (x *teller) tell(r *ring.Ring, life uint64, all bool) error {
	id := r.Identity()
	x.out.begin(x.b.cfg.Host, x.b.cfg.Fleet)
	flush := func() error {
		if x.out.count == 0 {
			return nil
		}
		h := header{class: classLatest, instance: id.Instance, life: life, seq: x.seq,
			sent: x.b.cfg.now().UnixNano(), fingerprint: typeOf(id)}
		x.seq++
		err := x.b.link.nc.Publish(x.b.latestSubject(x.b.cfg.Fleet, x.b.cfg.Host, x.kind), x.out.end(&h))
		if err == nil {
			x.b.count.messages.Add(1)
			x.b.count.exported.Add(uint64(x.out.count))
		}
		x.out.begin(x.b.cfg.Host, x.b.cfg.Fleet)
		return err
	}
	for node, f := range x.newest {
		if !all && !x.fresh[node] {
			continue
		}
		if len(f.Payload) > int(x.b.link.nc.MaxPayload())-fixedSize-recordSize-2*256 {
			x.b.count.oversize.Add(1)
			x.b.onces.warn("oversize", "a value is larger than the server takes", "id", f.ID, "bytes", len(f.Payload))
			continue
		}
		if x.out.full() || x.out.count > 0 && len(x.out.buf)+len(f.Payload) > batchBytes {
			if err := flush(); err != nil {
				return err
			}
		}
		x.out.frame(f)
	}
	if err := flush(); err != nil {
		return err
	}
	clear(x.fresh)
	return nil
}

// taker imports the latest values of a kind of one origin.
type taker struct {
	b        *Bridge
	in       Import
	kind     uint8
	members  []*fleet.Fleet
	families []*fleet.Family
	want     uint64
	done     map[uint16]told // by the origin's node
	frame    ring.Frame
	records  []record
}

// told is the newest value of a node that was published here.
type told struct {
	instance uint64
	id       netid64.ID
}

func (k *taker) run(ctx context.Context) error {
	subject := k.b.latestSubject(k.in.Fleet, k.in.Host, k.kind)
	sub, err := k.b.link.nc.SubscribeSync(subject)
	if err != nil {
		return err
	}
	defer sub.Unsubscribe()
	for {
		msg, err := sub.NextMsgWithContext(ctx)
		switch {
		case err == nil:
			k.take(msg.Data, subject)
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, nats.ErrSlowConsumer):
			k.b.count.slow.Add(1)
		default:
			return err
		}
	}
}

// take publishes what a message has that is newer.
func (k *taker) take(data []byte, subject string) {
	h, records, err := decode(data, k.records)
	k.records = records
	if err == nil && (h.class != classLatest || string(h.host) != k.in.Host || string(h.fleet) != k.in.Fleet) {
		err = foreign("it is of %s/%s, %v", h.host, h.fleet, h.class)
	}
	if err != nil {
		k.b.refuse(err, subject)
		return
	}
	k.b.count.heard.Add(1)
	if err := k.open(); err != nil {
		k.b.count.mismatched.Add(1)
		k.b.onces.warn("kind "+subject, "latest values refused: this fleet does not have their kind", "kind", k.kind, "error", err)
		return
	}
	if h.fingerprint != k.want {
		k.b.count.mismatched.Add(1)
		k.b.onces.warn("type "+subject, "latest values refused: their type is another one here", "kind", k.kind,
			"type here", k.families[0].Ring().Identity().TypeName)
		return
	}
	for i := range records {
		k.publish(&h, &records[i])
	}
	k.b.arrived(&h)
}

// open opens the kind as every node of the origin, once the fleet has it.
func (k *taker) open() error {
	if len(k.families) > 0 {
		return nil
	}
	var all []*fleet.Family
	for _, f := range k.members {
		family, err := k.b.family(f, k.kind)
		if err != nil {
			return err
		}
		all = append(all, family)
	}
	k.families, k.frame, k.want = all, all[0].NewFrame(), typeOf(all[0].Ring().Identity())
	return nil
}

func (k *taker) publish(h *header, r *record) {
	node := r.id.Node()
	last, known := k.done[node]
	if known && last.instance == h.instance && (r.id.Counter()-last.id.Counter())&netid64.CounterMask-1 >= netid64.CounterMask/2 {
		k.b.count.duplicates.Add(1)
		return
	}
	if int(node) >= k.in.Nodes.Count {
		k.b.count.refused.Add(1)
		k.b.onces.warn("refused "+k.in.Host, "a value cannot be published here", "id", r.id, "nodes", k.in.Nodes)
		return
	}
	family := k.families[node]
	if !known && k.has(family, node, r) {
		k.done[node] = told{h.instance, r.id}
		k.b.count.duplicates.Add(1)
		return
	}
	if _, err := family.Publish(r.op, r.version, r.payload); err != nil {
		k.b.count.refused.Add(1)
		k.b.onces.warn("refused "+k.in.Host, "a value cannot be published here", "id", r.id, "error", err)
		return
	}
	k.done[node] = told{h.instance, r.id}
	k.b.count.imported.Add(1)
}

// has says that an earlier life of this bridge has published this very value: it
// must not be laid over a newer one of this host again.
func (k *taker) has(family *fleet.Family, node uint16, r *record) bool {
	ok, err := family.ReadHeadOf(k.in.Nodes.First+node, &k.frame)
	return ok && err == nil && k.frame.Op == r.op && k.frame.Version == r.version && bytes.Equal(k.frame.Payload, r.payload)
}
