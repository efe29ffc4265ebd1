package contest_test

import (
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// A history of two claims, a renewal and a release, which can be explained.
func good() []event {
	return []event{
		{id: 1, verb: doClaim, now: 100, ttl: 50, call: 1, ret: 2, outcome: won, token: 10, until: 150},
		{id: 2, verb: doRenew, now: 120, ttl: 50, guard: 1, call: 3, ret: 4, outcome: done, until: 170},
		{id: 3, verb: doClaim, now: 160, ttl: 50, call: 5, ret: 6, outcome: yielded, token: 10, holder: 1, until: 170},
		{id: 4, verb: doRelease, now: 161, guard: 1, call: 7, ret: 8, outcome: done},
		{id: 5, verb: doClaim, now: 162, ttl: 50, call: 9, ret: 10, outcome: won, token: 11, until: 212},
		{id: 6, verb: doLook, now: 163, call: 11, ret: 12, outcome: isHeld, token: 11, holder: 5, until: 212},
	}
}

func TestTheCheckerKnowsRightFromWrong(t *testing.T) {
	for what, c := range map[string]struct {
		spoil func(h []event) []event
		right bool
	}{
		"as it is":                               {func(h []event) []event { return h }, true},
		"two guards":                             {func(h []event) []event { return append(h[:3], h[4:]...) }, false},
		"a guard by one who died":                {func(h []event) []event { h[0].outcome, h[0].token, h[0].until = unknown, 0, 0; return h }, true},
		"a release by one who died":              {func(h []event) []event { h[3].outcome = unknown; return h }, true},
		"a claim by one who died after":          {func(h []event) []event { h[0].outcome, h[0].call, h[0].ret = unknown, 20, 21; return h }, false},
		"a token that goes back":                 {func(h []event) []event { h[4].token, h[5].token = 9, 9; return h }, false},
		"a token twice":                          {func(h []event) []event { h[4].token, h[5].token = 10, 10; return h }, false},
		"a renewal that shortens":                {func(h []event) []event { h[1].until, h[2].until = 140, 140; return h }, false},
		"a renewal that was dropped":             {func(h []event) []event { h[2].outcome, h[2].token, h[2].until = won, 11, 210; return h[:3] }, false},
		"a yield to nobody":                      {func(h []event) []event { return h[2:3] }, false},
		"a renewal of what is over":              {func(h []event) []event { h[1].now, h[1].until = 150, 200; return h[:2] }, false},
		"a lease that is lost before it is over": {func(h []event) []event { h[1].outcome = isLost; return h[:2] }, false},
		"a successor's release":                  {func(h []event) []event { h[3].guard = 5; return h }, false},
		"a live lease that is not seen":          {func(h []event) []event { h[5].outcome = isFree; return h }, false},
	} {
		if r := check(c.spoil(good()), false, time.Minute); (r == porcupine.Ok) != c.right {
			t.Errorf("%s: %v", what, r)
		}
	}
}
