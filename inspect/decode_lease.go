package inspect

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/orbitring/orbit/netid64"
	"github.com/orbitring/orbit/ring"
)

// The frames of cache and contest, as docs/layout.md has them.
const (
	cacheKind   = 200
	contestKind = 222

	claimWords = 16
	labelBytes = 8 * 8
	ownerBytes = 4 * 8
)

// Cached is a frame of the cache's ring.
type Cached struct {
	Action  string        `json:"action"` // put, delete, reset (Key is a prefix)
	Key     string        `json:"key"`
	Expires time.Duration `json:"expires_ns,omitempty"` // of the host's clock; 0: never
	Left    time.Duration `json:"left_ns,omitempty"`    // until then; less than 0: it is over
	Value   Payload       `json:"value"`
}

func decodeCache(f *ring.Frame, now time.Duration, most int) *Cached {
	links, key := int(f.Version>>8&0xff), int(f.Version&0xff)
	at := 8 + 8*links
	if f.Op < 1 || f.Op > 3 || len(f.Payload) < at+key {
		return nil
	}
	c := &Cached{
		Action: [...]string{"put", "delete", "reset"}[f.Op-1],
		Key:    string(f.Payload[at : at+key]),
		Value:  tell(f.Payload[at+key:], most),
	}
	if e := int64(binary.LittleEndian.Uint64(f.Payload)); e != math.MaxInt64 && f.Op == 1 {
		c.Expires = time.Duration(e)
		if now != 0 {
			c.Left = c.Expires - now
		}
	}
	return c
}

// Claim is a frame of the contest's ring: a change of who holds a subject.
type Claim struct {
	Change string        `json:"change"` // claimed, renewed, released
	Kind   uint8         `json:"kind"`
	Label  string        `json:"label"`
	Owner  string        `json:"owner"`
	Token  uint64        `json:"token"`
	Holder string        `json:"holder"`   // the claim's id
	Until  time.Duration `json:"until_ns"` // of the host's clock
	Left   time.Duration `json:"left_ns"`
}

func decodeClaim(f *ring.Frame, now time.Duration) *Claim {
	if f.Op < 1 || f.Op > 3 || len(f.Payload) != 8*claimWords {
		return nil
	}
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(f.Payload[8*i:]) }
	meta := word(3)
	label := f.Payload[8*4:][:min(int(meta>>8&0xff), labelBytes)]
	owner := f.Payload[8*4+labelBytes:][:min(int(meta>>16&0xff), ownerBytes)]
	c := &Claim{
		Change: [...]string{"claimed", "renewed", "released"}[f.Op-1],
		Kind:   uint8(meta), Label: string(label), Owner: string(owner),
		Token: word(0), Holder: netid64.ID(word(2)).String(), Until: time.Duration(word(1)),
	}
	if now != 0 {
		c.Left = c.Until - now
	}
	return c
}
