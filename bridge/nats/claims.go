package bridge

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/orbitring/orbit/substrates/contest"
	"github.com/orbitring/orbit/substrates/fleet"
)

// Lease is what a contest.Guard and a Guard can both do: code that works under a
// lease need not know whether it holds on one host or on all.
type Lease interface {
	Won() bool
	Renew(ttl time.Duration) (until time.Duration, err error)
	Release() error
}

var (
	_ Lease = contest.Guard{}
	_ Lease = Guard{}
)

// Claims are leases that hold across hosts, where those of a contest.Table hold
// in one fleet. They lie in a bucket of the NATS key-value store, one key a
// subject. Any number of goroutines, processes and hosts may use one bucket.
//
// The server decides: a claim is the creation of a key, which only one can do,
// and the server removes the key when its time is over. The fencing token is the
// revision at which the key was created: those of one bucket grow and never
// repeat, until somebody deletes the bucket.
//
// A holder knows its lease for no longer than the server does: Guard.Until counts
// by this host's monotonic clock from before the request was sent, so the clocks
// of hosts need not agree. What remains is what remains for every lease: a
// holder that was stopped does not know that its time is over, and a server
// whose clock is set forward ends leases early. So send the token along and let
// the resource ask a contest.Fence.
type Claims struct {
	js      jetstream.JetStream
	kv      jetstream.KeyValue
	bucket  string
	timeout time.Duration
}

// MinTTL is the shortest lease: servers count in seconds.
const MinTTL = time.Second

// markers is how long the store remembers a key that was removed.
const markers = time.Hour

// requestTimeout bounds what a Guard asks of the server.
const requestTimeout = 5 * time.Second

// OpenClaims opens a bucket of claims, and makes it if it is not there. The
// server needs JetStream, and at least release 2.11.
func OpenClaims(ctx context.Context, nc *nats.Conn, bucket string) (*Claims, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	kv, err := js.KeyValue(ctx, bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: bucket, History: 1,
			LimitMarkerTTL: markers, Storage: jetstream.FileStorage, Description: "claims of Orbit"})
		if errors.Is(err, jetstream.ErrBucketExists) { // another host was first
			kv, err = js.KeyValue(ctx, bucket)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("orbit: bucket %q of claims: %w", bucket, err)
	}
	return &Claims{js: js, kv: kv, bucket: bucket, timeout: requestTimeout}, nil
}

// Claims opens a bucket of claims over the bridge's own connection.
func (b *Bridge) Claims(ctx context.Context, bucket string) (*Claims, error) {
	return OpenClaims(ctx, b.link.nc, bucket)
}

// Holder says who has a subject.
type Holder struct {
	Owner string
	Token uint64
}

// entry is the value of a key.
type entry struct {
	Owner string `json:"owner"`
	Nonce string `json:"nonce"`           // of the claim: tells one's own from any other
	Token uint64 `json:"token,omitempty"` // since the first renewal; before, it is the revision
}

// Claim asks for a lease on a subject, for ttl, as contest.Table.Claim does. If the
// subject is free the Guard is the lease; otherwise the holder is returned, and
// nothing is left behind. If the server does not answer before ctx ends, nobody
// knows whether there is a lease; if so, it ends by itself. Errors: contest.ErrTTL
// below MinTTL, contest.ErrSubject, those of ctx and of the NATS client.
func (c *Claims) Claim(ctx context.Context, s contest.Subject, owner string, ttl time.Duration) (Guard, Holder, error) {
	if err := check(s, ttl); err != nil {
		return Guard{}, Holder{}, err
	}
	key := keyOf(s)
	mine := entry{Owner: owner, Nonce: strconv.FormatUint(rand.Uint64(), 36)}
	for {
		asked := fleet.Now()
		token, err := c.kv.Create(ctx, key, mine.text(), jetstream.KeyTTL(whole(ttl)))
		if err == nil {
			return c.guard(s, key, mine, token, asked+ttl), Holder{}, nil
		}
		if !errors.Is(err, jetstream.ErrKeyExists) {
			return Guard{}, Holder{}, fmt.Errorf("orbit: claim of %q: %w", s.Label, err)
		}
		theirs, revision, err := c.read(ctx, key)
		switch {
		case errors.Is(err, jetstream.ErrKeyNotFound): // over in this very moment
			continue
		case err != nil:
			return Guard{}, Holder{}, err
		case theirs.Nonce == mine.Nonce: // an answer was lost on the way, and the client asked again
			return c.guard(s, key, mine, revision, asked+ttl), Holder{}, nil
		}
		return Guard{}, Holder{Owner: theirs.Owner, Token: theirs.Token}, nil
	}
}

// Holder returns who has a subject; false: nobody has.
func (c *Claims) Holder(ctx context.Context, s contest.Subject) (Holder, bool, error) {
	e, _, err := c.read(ctx, keyOf(s))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return Holder{}, false, nil
	}
	return Holder{Owner: e.Owner, Token: e.Token}, err == nil, err
}

// read returns the entry of a key, whose token is known, and its revision.
func (c *Claims) read(ctx context.Context, key string) (e entry, revision uint64, err error) {
	at, err := c.kv.Get(ctx, key)
	if err != nil {
		return e, 0, err
	}
	if err := json.Unmarshal(at.Value(), &e); err != nil {
		return e, 0, fmt.Errorf("orbit: bucket %q, key %s holds no claim: %w", c.bucket, key, err)
	}
	if e.Token == 0 {
		e.Token = at.Revision()
	}
	return e, at.Revision(), nil
}

func (c *Claims) guard(s contest.Subject, key string, mine entry, token uint64, until time.Duration) Guard {
	mine.Token = token
	return Guard{Subject: s, Token: token, Until: until, lease: &lease{claims: c, key: key, mine: mine, revision: token, until: until}}
}

// Guard is a lease that was won, on all hosts. It is a value: any number of
// goroutines may use copies of it. The zero Guard is none.
type Guard struct {
	Subject contest.Subject
	Token   uint64        // the fencing token, for a contest.Fence
	Until   time.Duration // when the lease is over unless it is renewed, by fleet.Now

	lease *lease
}

// lease is what the copies of a Guard have in common.
type lease struct {
	claims *Claims
	key    string
	mine   entry

	mu       sync.Mutex
	revision uint64
	until    time.Duration
}

// Won says that there is a lease.
func (g Guard) Won() bool { return g.lease != nil }

// Renew makes the lease last until ttl from now, or as long as it would have
// anyway, and returns until when. One that is over cannot be renewed:
// contest.ErrLost, claim again. If the server does not answer within some seconds
// the lease is as it was or renewed, and Renew may be asked again. Errors beside
// it: contest.ErrTTL, those of the NATS client.
func (g Guard) Renew(ttl time.Duration) (until time.Duration, err error) {
	if g.lease == nil {
		return 0, &contest.LostError{}
	}
	if err := check(g.Subject, ttl); err != nil {
		return 0, err
	}
	l := g.lease
	l.mu.Lock()
	defer l.mu.Unlock()
	if left := l.until - fleet.Now(); left > ttl {
		return l.until, nil
	}
	err = l.change(g, func(ctx context.Context) error {
		asked := fleet.Now()
		// Like kv.Update, which cannot give a time to live.
		ack, err := l.claims.js.PublishMsg(ctx, &nats.Msg{Subject: "$KV." + l.claims.bucket + "." + l.key, Data: l.mine.text()},
			jetstream.WithExpectLastSequencePerSubject(l.revision), jetstream.WithMsgTTL(whole(ttl)))
		if err == nil {
			l.revision, l.until = ack.Sequence, asked+ttl
		}
		return err
	})
	return l.until, err
}

// Release ends the lease: the next claim wins, on whatever host. Nothing is
// changed if it is no longer there: contest.ErrLost.
func (g Guard) Release() error {
	if g.lease == nil {
		return &contest.LostError{}
	}
	l := g.lease
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.change(g, func(ctx context.Context) error {
		err := l.claims.kv.Delete(ctx, l.key, jetstream.LastRevision(l.revision))
		if err == nil {
			l.until = 0
		}
		return err
	})
}

// change does something to the key as it was last seen. If it is not so any more
// it may be by a change of one's own whose answer was lost. l.mu is held.
func (l *lease) change(g Guard, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), l.claims.timeout)
	defer cancel()
	for range 2 {
		if fleet.Now() >= l.until {
			return &contest.LostError{Subject: g.Subject, Token: g.Token}
		}
		err := do(ctx)
		if err == nil || !moved(err) {
			return err
		}
		now, revision, err := l.claims.read(ctx, l.key)
		switch {
		case err != nil && !errors.Is(err, jetstream.ErrKeyNotFound):
			return err
		case err != nil, now.Nonce != l.mine.Nonce:
			l.until = 0
			return &contest.LostError{Subject: g.Subject, Token: g.Token}
		}
		l.revision = revision
	}
	return &contest.LostError{Subject: g.Subject, Token: g.Token}
}

// moved says that a key was not at the revision that was expected.
func moved(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) &&
		(api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

func check(s contest.Subject, ttl time.Duration) error {
	switch {
	case len(s.Label) < 1 || len(s.Label) > contest.MaxLabel:
		return &contest.SubjectError{Size: len(s.Label)}
	case ttl < MinTTL:
		return fmt.Errorf("%w: %v, a lease across hosts lasts %v or more", contest.ErrTTL, ttl, MinTTL)
	}
	return nil
}

// whole rounds up to what a server counts in, so that it never ends a lease
// before its holder does.
func whole(ttl time.Duration) time.Duration { return (ttl + time.Second - 1).Truncate(time.Second) }

// keyOf returns the key of a subject. Labels may have bytes that keys may not.
func keyOf(s contest.Subject) string {
	return strconv.Itoa(int(s.Kind)) + "." + base64.RawURLEncoding.EncodeToString([]byte(s.Label))
}

func (e entry) text() []byte {
	text, err := json.Marshal(e)
	if err != nil {
		panic(err) // strings and a number
	}
	return text
}
