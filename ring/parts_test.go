package ring_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/orbitring/orbit/ring"
)

func TestTwoPartsMakeOneFrame(t *testing.T) {
	const text = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, size := range []uint32{0, 8, 40, 60} {
		conformBoth(t, 4, size, func(r rig) {
			x := r.ring()
			w, c := r.writer(x, 1), r.cursor(x, ring.Oldest)
			f := x.NewFrame()
			for n := range int(size) + 1 {
				for cut := range n + 1 {
					id, err := w.PublishParts(9, uint64(n), []byte(text[:cut]), []byte(text[cut:n]))
					if err != nil {
						r.Fatal(err)
					}
					ok, err := c.Next(&f)
					r.equal("frame", say(ok, err, f.ID, f.Op, f.Version, string(f.Payload)), say(true, nil, id, 9, n, text[:n]))
				}
			}
			r.equal("loss", c.Loss(), ring.Loss{})
		})
	}
}

func TestPartsAreRefusedAsAPayloadIs(t *testing.T) {
	conformBoth(t, 4, 16, func(r rig) {
		x := r.ring()
		w := r.writer(x, 0)
		var tooLong *ring.PayloadError
		_, err := w.PublishParts(1, 1, make([]byte, 8), make([]byte, 9))
		if !errors.As(err, &tooLong) || tooLong.Size != 17 || tooLong.Limit != 16 {
			r.Error(err)
		}
		res, err := w.Reserve(8)
		r.equal("reserve", err, nil)
		copy(res.Payload(), "reserved")
		if _, err := w.PublishParts(1, 1, []byte(strings.Repeat("x", 8)), nil); !errors.Is(err, ring.ErrReserved) {
			r.Error(err)
		}
		r.equal("commit", res.Commit(1, 1), nil)
		f, ok := r.newest(x, 0)
		r.equal("newest", say(ok, string(f.Payload)), say(true, "reserved"))
		w.Close()
		if _, err := w.PublishParts(1, 1, nil, nil); !errors.Is(err, ring.ErrClosed) {
			r.Error(err)
		}
		r.equal("head", x.Head(0), 1)
	})
}
