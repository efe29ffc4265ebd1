package bench

import (
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// brokenInlet is a transport that delivers what a test tells it to.
type brokenInlet struct {
	msgs        [][]byte
	overwritten uint64
}

func (b *brokenInlet) take(l *ledger, most int) (int, error) {
	n := min(most, len(b.msgs))
	for _, m := range b.msgs[:n] {
		l.take(m)
	}
	b.msgs = b.msgs[n:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (b *brokenInlet) loss() (overwritten, unavailable uint64) { return b.overwritten, 0 }
func (b *brokenInlet) audit() error                            { return nil }
func (b *brokenInlet) close() error                            { return nil }

// consumeBroken runs the real consumer over messages that a fault was done to,
// and returns the verdict on them.
func consumeBroken(t *testing.T, payload int, fault func(in *brokenInlet)) (Counts, string) {
	t.Helper()
	const sent = 200
	mem, err := newMapping(pageSize)
	if err != nil {
		t.Fatal(err)
	}
	defer mem.close()
	in := &brokenInlet{}
	for seq := range uint64(sent) {
		m := make([]byte, payload)
		seal(m, 0, seq)
		in.msgs = append(in.msgs, m)
	}
	fault(in)
	s := seat{Consumer: true}
	r := &run{
		page: page{mem}, seat: s, party: []int{s.slot()}, gen: 1, in: in, wait: newWaiter(false),
		spec: Spec{Mode: Stream, Topology: Topology{1, 1}, Transport: Lane, Payload: payload, Capacity: 1024},
	}
	atomic.StoreUint64(r.page.final(producerSlot(0)), sent+1)
	o, err := r.consume()
	if err != nil {
		t.Fatal(err)
	}
	// The judge is the one that judges real samples.
	_, err = digest(r.spec, []seat{{}, s}, []outcome{
		{Sent: sent + r.spec.warm(), First: 1, Wall: time.Second},
		{Counts: o.Counts, Last: 2},
	})
	verdict := o.Counts.verdict(sent)
	if (err == nil) && verdict != "" {
		t.Fatalf("verdict %q, but the sample passed", verdict)
	}
	return o.Counts, verdict
}

func TestConsumerCatches(t *testing.T) {
	for _, c := range []struct {
		name, want string
		fault      func(in *brokenInlet)
	}{
		{"nothing wrong", "", func(in *brokenInlet) {}},
		{"a flipped byte", "corrupt", func(in *brokenInlet) { in.msgs[50][len(in.msgs[50])-1] ^= 0x10 }},
		{"a flipped byte in the sequence", "corrupt", func(in *brokenInlet) { in.msgs[50][0] ^= 1 }},
		{"a torn message", "corrupt", func(in *brokenInlet) { copy(in.msgs[50][:4], in.msgs[51][:4]) }},
		{"a duplicate", "duplicate", func(in *brokenInlet) { in.msgs = append(in.msgs[:60], in.msgs[59:]...) }},
		{"the very first again at the end", "duplicate", func(in *brokenInlet) { in.msgs = append(in.msgs, in.msgs[0]) }},
		{"two messages exchanged", "out of order", func(in *brokenInlet) { in.msgs[70], in.msgs[71] = in.msgs[71], in.msgs[70] }},
		{"a message lost in silence", "missing", func(in *brokenInlet) { in.msgs = append(in.msgs[:80], in.msgs[81:]...) }},
		{"the last message lost in silence", "missing", func(in *brokenInlet) { in.msgs = in.msgs[:199] }},
		{"a foreign producer", "corrupt", func(in *brokenInlet) { seal(in.msgs[9], 3, 9) }},
		{"a message that was never sent", "not the", func(in *brokenInlet) {
			m := make([]byte, len(in.msgs[0]))
			seal(m, 0, 200)
			in.msgs = append(in.msgs, m)
		}},
	} {
		for _, payload := range []int{8, 64} {
			counts, verdict := consumeBroken(t, payload, c.fault)
			if (c.want == "") != (verdict == "") || !strings.Contains(verdict, c.want) {
				t.Errorf("%s, %d B: verdict %q, want %q; %+v", c.name, payload, verdict, c.want, counts)
			}
		}
	}
}

func TestLossThatTheTransportReportsIsNoFault(t *testing.T) {
	counts, verdict := consumeBroken(t, 32, func(in *brokenInlet) {
		in.msgs = append(in.msgs[:80], in.msgs[90:]...)
		in.overwritten = 10
	})
	if verdict != "" || counts.Missing != 10 || counts.Delivered != 190 {
		t.Fatalf("%q, %+v", verdict, counts)
	}
}

func TestLateMessageOfALargeGapIsToldFromARepeatedOne(t *testing.T) {
	l := newLedger(1)
	msg := make([]byte, 16)
	for _, seq := range []uint64{0, 10, 5, 5, 4, 6, 11} {
		seal(msg, 0, seq)
		l.take(msg)
	}
	c := l.close([]uint64{12}, 0, 0)
	if c.Delivered != 3 || c.Reordered != 3 || c.Duplicate != 1 || c.Missing != 6 {
		t.Fatalf("%+v", c)
	}
}
