package contest_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

// What members do in the hammer, and what comes of it.
const (
	doClaim = iota + 1
	doRenew
	doRelease
	doLook

	unknown = 0 // it was killed inside
	won     = iota
	yielded
	done
	isLost
	isHeld
	isFree
	isFull
)

// event is one operation: what was asked, and what came of it.
type event struct {
	id      uint64 // of the operation, and the owner's name of a claim
	verb    int
	subject uint64
	now     time.Duration // what its clock showed
	ttl     time.Duration
	guard   uint64 // the claim that is renewed or released
	call    time.Duration

	outcome int
	token   uint64
	holder  uint64 // the claim that holds it
	until   time.Duration
	ret     time.Duration
}

// half is the size of what is written before an operation, and of what is
// written behind it.
const half = 64

func (e *event) asked() (b [half]byte) {
	for i, v := range []uint64{e.id, uint64(e.verb), e.subject, uint64(e.now), uint64(e.ttl), e.guard, uint64(e.call)} {
		binary.LittleEndian.PutUint64(b[8*i:], v)
	}
	return b
}

func (e *event) answered() (b [half]byte) {
	for i, v := range []uint64{uint64(e.outcome), e.token, e.holder, uint64(e.until), uint64(e.ret)} {
		binary.LittleEndian.PutUint64(b[8*i:], v)
	}
	return b
}

// readLog reads what a life has written. Its last operation may have no answer:
// then it had until the death to take effect.
func readLog(path string, death time.Duration) (events []event, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(text[8*i:]) }
	for ; len(text) >= half; text = text[min(len(text), 2*half):] {
		e := event{id: word(0), verb: int(word(1)), subject: word(2), now: time.Duration(word(3)),
			ttl: time.Duration(word(4)), guard: word(5), call: time.Duration(word(6)), ret: death}
		if len(text) >= 2*half {
			e.outcome, e.token, e.holder = int(word(8)), word(9), word(10)
			e.until, e.ret = time.Duration(word(11)), time.Duration(word(12))
		} else if len(text) != half {
			return nil, fmt.Errorf("%s ends with %d bytes", path, len(text))
		}
		events = append(events, e)
	}
	return events, nil
}

// lease is a subject's state: claim 0 is none.
type lease struct {
	claim uint64
	token uint64 // 0: won by one who was killed before it said so
	until time.Duration
	last  uint64 // the largest token that is known
}

// model says what a subject may do. One clock: a lease that one member has seen
// the end of may be gone for another whose operation is still under way.
// Otherwise each operation counts by the clock that it was given.
func model(oneClock bool) porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{lease{}} },
		Step: func(state, in, out any) []any {
			e := in.(event)
			var next []any
			for _, s := range e.step(state.(lease), oneClock) {
				next = append(next, s)
			}
			return next
		},
		DescribeOperation: func(in, out any) string { return fmt.Sprintf("%+v", in) },
		DescribeState:     func(s any) string { return fmt.Sprintf("%+v", s) },
	}
	return m.ToModel()
}

func (e event) step(s lease, oneClock bool) []lease {
	late := e.now
	if oneClock {
		late = e.ret
	}
	live := s.claim != 0 && s.until > e.now // as the operation may see it
	gone := s.claim == 0 || s.until <= late // as it may see it, too
	mine := s.claim == e.guard
	free := s
	free.claim, free.token, free.until = 0, 0, 0
	taken := lease{claim: e.id, token: e.token, until: e.now + e.ttl, last: max(s.last, e.token)}
	renewed := s
	renewed.until = max(s.until, e.now+e.ttl)

	is := func(ok bool, next ...lease) []lease {
		if !ok {
			return nil
		}
		return next
	}
	// Nothing says whether a lease that is over is still noted: either way it is
	// as good as gone for those whose clocks agree.
	over := []lease{s}
	if s.claim != 0 && s.until <= late {
		over = append(over, free)
	}
	switch e.verb {
	case doClaim:
		switch e.outcome {
		case won:
			return is(gone && e.token > s.last && e.until == taken.until, taken)
		case yielded:
			known := s.token
			s.token, s.last = e.token, max(s.last, e.token)
			return is(live && s.claim == e.holder && s.until == e.until && (known == 0 || known == e.token), s)
		case isFull:
			return over
		}
		if gone {
			return append(over, taken)
		}
		return over
	case doRenew:
		switch e.outcome {
		case done:
			return is(mine && live && e.until == renewed.until, renewed)
		case isLost:
			return is(!mine || gone, over...)
		}
		if mine && live {
			return append(over, renewed)
		}
		return over
	case doRelease:
		switch e.outcome {
		case done:
			return is(mine, free)
		case isLost:
			return is(!mine || oneClock && gone, over...)
		}
		if mine {
			return append(over, free)
		}
		return over
	case doLook:
		switch e.outcome {
		case isHeld:
			return is(live && s.claim == e.holder && s.until == e.until && (s.token == 0 || s.token == e.token), s)
		case isFree:
			return is(gone, over...)
		}
	}
	return over
}

// check looks for an order of a subject's operations that explains all of them.
func check(events []event, oneClock bool, limit time.Duration) porcupine.CheckResult {
	history := make([]porcupine.Operation, len(events))
	for i, e := range events {
		history[i] = porcupine.Operation{ClientId: int(e.id >> 48), Input: e, Call: int64(e.call), Return: int64(e.ret)}
	}
	return porcupine.CheckOperationsTimeout(model(oneClock), history, limit)
}
